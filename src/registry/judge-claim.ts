import { EdenError } from "../errors.js";
import type { Manifest, RegistrySource, RepositorySource } from "../manifest/document/manifest.js";
import type { LockedSkill } from "../manifest/lockfile/lockfile.js";
import type { RegistryIndex } from "../manifest/registry/registry-index.js";
import { asEdenError } from "../reactor/task-failure.js";
import { addressOf } from "../workspace/forged-entries.js";
import { sourceOf } from "./find-in-registries.js";
import { notHere, registriesInOrder } from "./registry-indexes.js";

/** What the lockfile says of a registry's skill: a claim, until a registry confirms it. */
export interface Claim {
  asked: RegistrySource;
  entry: LockedSkill;
}

/** `differs`: the registry that answers for the name gives another source, or no such version. */
export type Verdict =
  | { kind: "confirmed" }
  | { kind: "differs"; gives: string }
  | { kind: "unknown"; error: EdenError };

/** The registries that may answer for a claim, in order. */
export function askedFor(manifest: Manifest, { asked }: Claim): string[] {
  return asked.registry === null ? registriesInOrder(manifest) : [asked.registry];
}

/** The first registry that has the name answers for it, as in a look-up. */
export function judge(
  manifest: Manifest,
  claim: Claim,
  indexOf: (name: string) => RegistryIndex | EdenError | null,
): Verdict {
  const { name } = claim.asked;
  for (const registry of askedFor(manifest, claim)) {
    const index = indexOf(registry) ?? notHere(registry);
    if (index instanceof EdenError) return { kind: "unknown", error: index };
    try {
      const found = index.entry(name);
      if (found === null) continue;
      const version = found.versions.find((one) => one.version === claim.entry.resolvedVersion);
      if (version === undefined)
        return { kind: "differs", gives: `registry ${registry} has no version ${claim.entry.resolvedVersion ?? ""}` };
      const source = sourceOf(registry, found, version);
      const gives = `registry ${registry} gives ${addressOf(source, source.release?.commit ?? null)}`;
      return isSame(claim.entry, source) ? { kind: "confirmed" } : { kind: "differs", gives };
    } catch (error) {
      return { kind: "unknown", error: asEdenError(error) };
    }
  }
  return { kind: "differs", gives: `no registry has ${name}` };
}

function isSame(entry: LockedSkill, { repo, ref, subpath, release }: RepositorySource): boolean {
  const { from, commit = null } = release ?? {};
  return (
    entry.sourceRepo === repo &&
    entry.sourceRef === (ref ?? "") &&
    entry.sourceSubpath === subpath &&
    (commit === null || commit === entry.resolvedCommit) &&
    (entry.resolvedFrom === undefined || entry.resolvedFrom === from)
  );
}
