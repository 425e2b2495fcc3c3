import { syncRun } from "../apply/pipeline.js";
import { planSkill } from "../deploy/plan-machine.js";
import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import { shownSource } from "../manifest/document/source-kind.js";
import { directoryOf } from "../manifest/source/skill-source.js";
import type { SkillVersion } from "../run/events.js";
import type { RunContext } from "../run/run-context.js";
import { openStore } from "../store/store.js";
import { NO_RESULT } from "../sync/sync-result.js";
import type { Job } from "../workspace/job.js";
import type { Machine } from "../workspace/machine.js";
import { readSnapshot, readStored } from "../workspace/read-snapshot.js";
import { contentIn, type SkillContent } from "./skill-content.js";
import type { ShownSkill } from "./shown-skill.js";
import { stateOf, targetsOf } from "./skill-state.js";

/** A skill of the manifest: its pinned content, and the state of its targets. */
export async function manifestSkill(
  context: RunContext,
  manifest: Manifest,
  skill: ManifestSkill,
): Promise<ShownSkill> {
  const { source, version, machine } = await syncOne(context, manifest, skill);
  const targets = targetsOf(planSkill(machine, { ...skill, source }, version));
  return {
    id: skill.id,
    ...(await contentOfSkill(manifest, { ...skill, source }, version)),
    origin: originOf(source, version),
    state: stateOf(skill, targets, machine.development.has(skill.id)),
    targets,
    collection: skill.collection?.key ?? null,
  };
}

/** A skill whose content is in the store, or in its directory. */
interface OneSynced {
  /** Of a registry's skill: its repository. */
  source: ManifestSkill["source"];
  version: SkillVersion;
  machine: Machine;
}

/**
 * Brings one skill into the store, wanted or not.
 * @param lockfile replaces the lockfile on disk.
 * @throws EdenError if that fails.
 */
export async function syncOne(
  context: RunContext,
  manifest: Manifest,
  skill: ManifestSkill,
  lockfile: Pick<Job, "lockfile"> = {},
): Promise<OneSynced> {
  const wanted = { ...skill, enabled: true, isHere: true };
  const alone = { ...manifest, skills: [wanted], collections: [] };
  const job = { manifest: alone, selected: [wanted], scope: new Set([skill.id]), notices: [], ...lockfile };
  const { machine, selected, results } = await syncRun(context, job);
  const result = results.get(skill.id) ?? { error: NO_RESULT };
  if ("error" in result) throw result.error;
  return { source: selected[0]?.source ?? skill.source, version: result.synced.version, machine };
}

/** The content of a synced skill. @throws EdenError as `readStored` and `readSnapshot`. */
export async function contentOfSkill(
  manifest: Manifest,
  { id, source }: Pick<ManifestSkill, "id" | "source">,
  { tree }: SkillVersion,
): Promise<SkillContent> {
  if (source.kind === "directory") {
    const directory = directoryOf(source);
    return await contentIn(directory, readSnapshot(manifest.limits, directory).files);
  }
  return await contentIn(
    openStore(manifest.storageRoot).entryDirectory(tree, id),
    readStored(manifest, tree, id).files,
  );
}

/** Where a synced skill comes from. */
export function originOf(source: ManifestSkill["source"], { commit }: SkillVersion): ShownSkill["origin"] {
  const release = source.kind === "repository" ? source.release : undefined;
  return { ...shownSource(source), commit: commit || null, registry_version: release?.version ?? null };
}
