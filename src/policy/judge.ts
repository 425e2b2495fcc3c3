import type { EdenError } from "../errors.js";
import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import { commitVerdicts } from "./commit-rules.js";
import { contentVerdicts } from "./content-rules.js";
import { budgetVerdicts } from "./skill-budget.js";
import { skillSourceVerdicts } from "./source-rules.js";
import { SkillSizes, totalVerdicts } from "./total-bytes.js";
import { denialOf, withWaivers, type Verdict } from "./verdict.js";

/** The machine, the day, and what the skills of the manifest were resolved to. */
export interface Court {
  manifest: Manifest;
  home: string;
  now: Date;
  /** By skill id; without those that are not known. */
  versions: ReadonlyMap<string, { commit: string; tree: string }>;
  sizes: SkillSizes;
}

/** The court for a manifest. */
export function courtOf(manifest: Manifest, about: Pick<Court, "home" | "now" | "versions">): Court {
  return { manifest, ...about, sizes: new SkillSizes(manifest) };
}

/** All that the policy says about a skill, with its waivers. Nothing is fetched. */
export async function skillVerdicts(court: Court, skill: ManifestSkill): Promise<Verdict[]> {
  const { manifest } = court;
  return withWaivers(manifest.policy, skill.id, [
    ...skillSourceVerdicts(manifest, skill),
    ...budgetVerdicts(manifest, skill),
    ...(await resolvedVerdicts(court, skill)),
  ]);
}

/** Why the policy denies skills with what is known about them, by id. */
export async function deniedOf(court: Court, skills: readonly ManifestSkill[]): Promise<Map<string, EdenError>> {
  const denied = new Map<string, EdenError>();
  if (court.manifest.policy.layers.length === 0) return denied;
  for (const skill of skills) {
    const error = await denialOf(await skillVerdicts(court, skill));
    if (error !== null) denied.set(skill.id, error);
  }
  return denied;
}

/**
 * Why the policy denies a skill that was just synced; null if it allows it. What is undecided is
 * denied.
 */
export async function deniedVersion(court: Court, skill: ManifestSkill): Promise<EdenError | null> {
  if (court.manifest.policy.layers.length === 0) return null;
  const verdicts = withWaivers(court.manifest.policy, skill.id, await resolvedVerdicts(court, skill));
  return await denialOf(verdicts, { undecided: true });
}

async function resolvedVerdicts(court: Court, skill: ManifestSkill): Promise<Verdict[]> {
  const { manifest, home, now, versions, sizes } = court;
  const { commit, tree } = versions.get(skill.id) ?? { commit: "", tree: "" };
  // A directory has no commit: `sources` decides about it.
  const ofCommit = skill.source.kind === "directory" ? [] : commitVerdicts(manifest, home, commit, now);
  return [
    ...ofCommit,
    ...(await contentVerdicts(manifest, skill, { commit, tree })),
    ...totalVerdicts(manifest, skill, (one) => sizes.of(one, versions.get(one.id)?.tree ?? "")),
  ];
}
