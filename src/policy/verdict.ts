import { EdenError, sanitize } from "../errors.js";
import type { FieldPath } from "../manifest/format/findings.js";
import { locateFields } from "../manifest/format/locate-fields.js";
import type { Policy, PolicyLayer } from "../manifest/policy/policy.js";
import type { PolicyRule, Waiver } from "../manifest/policy/policy-document.js";

/** What one rule of one file says about a skill. */
export interface Verdict {
  rule: PolicyRule;
  layer: PolicyLayer;
  /** The field that decided, from the rules of the layer. */
  at: FieldPath;
  /** Undecided: facts about it are missing. */
  outcome: "allowed" | "denied" | "undecided";
  /** Why; not yet sanitized. */
  message: string;
  /** The waiver because of which a denial does not count. */
  waiver?: Waiver;
  /** A waiver in another file, which that of the rule does not allow. */
  refused?: Pick<Verdict, "layer" | "at">;
}

/** A verdict of one layer, before waivers. */
export type RuleVerdict = Omit<Verdict, "layer" | "waiver" | "refused">;

/** Asks each layer in turn. */
export function inEachLayer({ layers }: Policy, verdictsOf: (layer: PolicyLayer) => readonly RuleVerdict[]): Verdict[] {
  return layers.flatMap((layer) => verdictsOf(layer).map((verdict) => ({ ...verdict, layer })));
}

/**
 * The verdicts about one skill with the waivers that cover it. A file waives its own rules; those
 * of another file only if that one lists the rule in `waivable`.
 */
export function withWaivers({ layers }: Policy, skill: string, verdicts: readonly Verdict[]): Verdict[] {
  return verdicts.map((verdict) => {
    if (verdict.outcome !== "denied") return verdict;
    const isAllowedIn = (layer: PolicyLayer) =>
      layer === verdict.layer || (verdict.layer.rules.waivable ?? []).includes(verdict.rule);
    const meant = layers.flatMap((layer) =>
      (layer.rules.waivers ?? []).flatMap((waiver, index) =>
        waiver.skill === skill && waiver.rule === verdict.rule ? [{ layer, waiver, at: ["waivers", index] }] : [],
      ),
    );
    const valid = meant.find(({ layer }) => isAllowedIn(layer));
    if (valid !== undefined) return { ...verdict, waiver: valid.waiver };
    return meant[0] === undefined ? verdict : { ...verdict, refused: meant[0] };
  });
}

/**
 * The first denial that is not waived, as an error that names rule, file and line; null for none.
 * @param undecided true: what is undecided is denied.
 */
export async function denialOf(
  verdicts: readonly Verdict[],
  { undecided = false }: { undecided?: boolean } = {},
): Promise<EdenError | null> {
  const isDenied = ({ outcome, waiver }: Verdict) =>
    waiver === undefined && (outcome === "denied" || (undecided && outcome === "undecided"));
  const denied = verdicts.find(isDenied);
  if (denied === undefined) return null;
  const { rule, layer, message, refused } = denied;
  const waived =
    refused === undefined
      ? ""
      : `; the waiver in ${refused.layer.file}:${await lineOf(refused)} does not count: \`waivable\` there has no "${rule}"`;
  const place = `(rule ${rule}, ${layer.file}:${await lineOf(denied)})`;
  return new EdenError("POLICY_DENIED", sanitize(`${message}${waived} ${place}`), {
    stage: "policy",
    path: layer.file,
    hint: HINTS[layer.origin],
    isFinal: true,
  });
}

const HINTS = {
  manifest: "Change [policy] in the manifest, or give the skill another source.",
  team: "Ask the owner of the team's policy, or give the skill another source.",
  machine: "Ask the owner of this machine's policy, or give the skill another source.",
};

/** The line, from 1, of the field that decided. */
export async function lineOf({ layer, at }: Pick<Verdict, "layer" | "at">): Promise<number> {
  return (await locateFields(layer.text))([...layer.at, ...at])?.line ?? 1;
}
