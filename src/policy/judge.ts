import type { EdenError } from "../errors.js";
import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import { commitVerdicts } from "./commit-rules.js";
import { contentVerdicts } from "./content-rules.js";
import { budgetVerdicts } from "./skill-budget.js";
import { skillSourceVerdicts } from "./source-rules.js";
import { denialOf, withWaivers, type Verdict } from "./verdict.js";

/** A skill, and what it was resolved to. */
export interface JudgedSkill {
  skill: ManifestSkill;
  /** Null if it is not known. */
  version: { commit: string; tree: string } | null;
}

/** The machine and the day on which it is judged. */
export interface Court {
  manifest: Manifest;
  home: string;
  now: Date;
}

/** All that the policy says about a skill, with its waivers. Nothing is fetched. */
export async function skillVerdicts(court: Court, { skill, version }: JudgedSkill): Promise<Verdict[]> {
  const { manifest } = court;
  return withWaivers(manifest.policy, skill.id, [
    ...skillSourceVerdicts(manifest, skill),
    ...budgetVerdicts(manifest, skill),
    ...(await resolvedVerdicts(court, skill, version ?? { commit: "", tree: "" })),
  ]);
}

/** Why the policy denies skills with what is known about them, by id. */
export async function deniedOf(court: Court, skills: readonly JudgedSkill[]): Promise<Map<string, EdenError>> {
  const denied = new Map<string, EdenError>();
  if (court.manifest.policy.layers.length === 0) return denied;
  for (const one of skills) {
    const error = await denialOf(await skillVerdicts(court, one));
    if (error !== null) denied.set(one.skill.id, error);
  }
  return denied;
}

/**
 * Why the policy denies a skill that was just synced; null if it allows it. What is undecided is
 * denied.
 */
export async function deniedVersion(
  court: Court,
  skill: ManifestSkill,
  version: { commit: string; tree: string },
): Promise<EdenError | null> {
  if (court.manifest.policy.layers.length === 0) return null;
  const verdicts = withWaivers(court.manifest.policy, skill.id, await resolvedVerdicts(court, skill, version));
  return await denialOf(verdicts, { undecided: true });
}

async function resolvedVerdicts(
  { manifest, home, now }: Court,
  skill: ManifestSkill,
  { commit, tree }: { commit: string; tree: string },
): Promise<Verdict[]> {
  // A directory has no commit: `sources` decides about it.
  const ofCommit = skill.source.kind === "directory" ? [] : commitVerdicts(manifest, home, commit, now);
  return [...ofCommit, ...(await contentVerdicts(manifest, skill, tree))];
}
