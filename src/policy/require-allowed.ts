import { EdenError, type Problem } from "../errors.js";
import type { Manifest, ManifestSkill, SkillSource } from "../manifest/document/manifest.js";
import type { Policy } from "../manifest/policy/policy.js";
import {
  registryVerdicts,
  remoteStoreVerdicts,
  skillSourceVerdicts,
  siteVerdicts,
  sourceVerdicts,
} from "./source-rules.js";
import { budgetVerdicts } from "./skill-budget.js";
import { denialOf, lineOf, withWaivers } from "./verdict.js";

/** Why the policy denies a source that is to be looked at; null if it allows it. */
export async function deniedSource(manifest: Manifest, source: SkillSource): Promise<EdenError | null> {
  return await denialOf(sourceVerdicts(manifest, source));
}

/** @throws EdenError `POLICY_DENIED` if the policy denies a source. */
export async function requireSource(manifest: Manifest, source: SkillSource): Promise<void> {
  const denied = await deniedSource(manifest, source);
  if (denied !== null) throw denied;
}

/** @throws EdenError `POLICY_DENIED` if the policy denies a site. */
export async function requireSite(manifest: Manifest, url: string): Promise<void> {
  const denied = await denialOf(siteVerdicts(manifest, url));
  if (denied !== null) throw denied;
}

/** Why the policy denies registries of the manifest, by their names. */
export async function deniedRegistries(manifest: Manifest, names: readonly string[]): Promise<Map<string, EdenError>> {
  const denied = new Map<string, EdenError>();
  for (const name of names) {
    const error = await denialOf(registryVerdicts(manifest, name));
    if (error !== null) denied.set(name, error);
  }
  return denied;
}

/** Why the policy denies the remote store of the manifest; null if it allows it, or there is none. */
export async function deniedRemoteStore(manifest: Pick<Manifest, "policy" | "remoteStore">): Promise<EdenError | null> {
  const { remoteStore } = manifest;
  return remoteStore === null ? null : await denialOf(remoteStoreVerdicts(manifest, remoteStore.address));
}

/** Why the policy denies skills by what the manifest says, by id. Nothing is fetched. */
export async function deniedSkills(
  manifest: Manifest,
  skills: readonly ManifestSkill[],
): Promise<Map<string, EdenError>> {
  const denied = new Map<string, EdenError>();
  if (manifest.policy.layers.length === 0) return denied;
  for (const skill of skills) {
    const verdicts = withWaivers(manifest.policy, skill.id, [
      ...skillSourceVerdicts(manifest, skill),
      ...budgetVerdicts(manifest, skill),
    ]);
    const error = await denialOf(verdicts);
    if (error !== null) denied.set(skill.id, error);
  }
  return denied;
}

/**
 * Refuses to work with a policy whose waivers have expired.
 * @throws EdenError `WAIVER_EXPIRED`, with a problem for each.
 */
export async function requireCurrentWaivers({ layers }: Policy, now: Date): Promise<void> {
  const today = now.toISOString().slice(0, 10);
  const problems: Problem[] = [];
  for (const layer of layers) {
    for (const [index, { skill, rule, expires }] of (layer.rules.waivers ?? []).entries()) {
      if (expires >= today) continue;
      const at = ["waivers", index, "expires"];
      const line = await lineOf({ layer, at });
      const message = `the waiver of ${rule} for ${skill} expired on ${expires} (${layer.file}:${line})`;
      const path = `policy.waivers[${index}].expires`;
      problems.push({ code: "WAIVER_EXPIRED", severity: "error", path, message, line, column: null });
    }
  }
  const [first] = problems;
  if (first === undefined) return;
  throw new EdenError(first.code, first.message, {
    problems,
    hint: "Remove the waiver, or renew it with a new reason.",
  });
}
