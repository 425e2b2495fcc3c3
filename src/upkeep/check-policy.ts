import { sanitize } from "../errors.js";
import type { PolicyLayer } from "../manifest/policy/policy.js";
import { requireCurrentWaivers } from "../policy/require-allowed.js";
import { courtOf, skillVerdicts } from "../policy/judge.js";
import { lineOf, type Verdict } from "../policy/verdict.js";
import { lockedRegistrySkills } from "../registry/locked-skills.js";
import type { RunOptions } from "../run/options.js";
import { systemClock } from "../system/clock.js";
import { currentHost } from "../system/host.js";
import { loadManifest } from "../workspace/load-manifest.js";
import { readLockfileFor } from "../workspace/read-lockfile.js";
import { pinsOf } from "../workspace/pins.js";
import { select } from "../workspace/select.js";

type Status = "allowed" | "denied" | "waived" | "undecided";

/** One rule of one file, applied to one skill. */
export interface PolicyVerdict {
  rule: string;
  status: Status;
  origin: PolicyLayer["origin"];
  /** The file of the rule, absolute, and the line of the field that decided. */
  file: string;
  line: number;
  message: string;
  waiver: { reason: string; expires: string } | null;
}

/** The document of `policy check --json`. */
export interface PolicyReport {
  schema_version: 1;
  command: "policy check";
  /** The files that have rules. */
  files: { origin: PolicyLayer["origin"]; file: string }[];
  summary: { skills: number } & Record<Status, number>;
  /** In manifest order. */
  skills: { id: string; status: Status; rules: PolicyVerdict[] }[];
}

/**
 * Explains what the policy says about each skill. Uses no network and changes nothing.
 * @throws EdenError as `loadManifest`; `UNKNOWN_SKILL`, `UNKNOWN_GROUP`, `WAIVER_EXPIRED`.
 */
export async function checkPolicy(options: RunOptions): Promise<PolicyReport> {
  const { host = currentHost(), clock = systemClock } = options;
  const { manifest: written } = await loadManifest(options);
  const { lockfile } = readLockfileFor(options, written, host.home);
  const manifest = await lockedRegistrySkills(written, lockfile, host.home);
  const { policy } = manifest;
  await requireCurrentWaivers(policy, clock.date());
  const summary = { skills: 0, allowed: 0, denied: 0, waived: 0, undecided: 0 };
  const versions = pinsOf(manifest, lockfile);
  const court = courtOf(manifest, { home: host.home, now: clock.date(), versions });
  const skills: PolicyReport["skills"] = [];
  for (const skill of select(manifest, options)) {
    const rules = await explained(await skillVerdicts(court, skill));
    const status = worstOf(rules);
    summary.skills += 1;
    summary[status] += 1;
    skills.push({ id: skill.id, status, rules });
  }
  const files = policy.layers.map(({ origin, file }) => ({ origin, file }));
  return { schema_version: 1, command: "policy check", files, summary, skills };
}

async function explained(verdicts: readonly Verdict[]): Promise<PolicyVerdict[]> {
  const rules: PolicyVerdict[] = [];
  for (const verdict of verdicts) {
    const { rule, layer, outcome, message, waiver } = verdict;
    const status = waiver === undefined ? outcome : "waived";
    rules.push({
      rule,
      status,
      origin: layer.origin,
      file: layer.file,
      line: await lineOf(verdict),
      message: sanitize(message),
      waiver: waiver === undefined ? null : { reason: sanitize(waiver.reason), expires: waiver.expires },
    });
  }
  return rules;
}

function worstOf(rules: readonly PolicyVerdict[]): Status {
  const has = (wanted: Status) => rules.some(({ status }) => status === wanted);
  return (["denied", "undecided", "waived"] as const).find(has) ?? "allowed";
}
