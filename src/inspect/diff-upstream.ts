import { EdenError, sanitize } from "../errors.js";
import { syncRun } from "../apply/pipeline.js";
import type { Synced } from "../apply/synced.js";
import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import type { SkillVersion } from "../run/events.js";
import type { RunContext } from "../run/run-context.js";
import { NO_RESULT, type SyncResult } from "../sync/sync-result.js";
import { removedMessage } from "../update/outdated.js";
import type { Job } from "../workspace/job.js";
import { storedVersions } from "./skill-versions.js";
import type { SkillTextDiff } from "./skill-diffs.js";
import { textChanges } from "./text-change.js";

/**
 * Compares the pinned content of each skill with that of its ref. It fetches into mirrors and store.
 * @param context of a run that moves pins.
 */
export async function diffUpstream(context: RunContext, job: Job): Promise<SkillTextDiff[]> {
  const wanted = job.selected.filter(({ enabled, source }) => enabled && source.kind !== "directory");
  const keep = new Set(wanted.map(({ id }) => id));
  return upstreamDiffs(await syncRun(context, { ...job, selected: wanted }, { keep }));
}

/** The comparison of a run at its barrier that has synced the refs, and kept the pinned content. */
export function upstreamDiffs({ machine, selected, results, pinned }: Synced): SkillTextDiff[] {
  return selected.map((skill) => {
    return rowOf(machine.manifest, skill, pinned.get(skill.id), results.get(skill.id) ?? { error: NO_RESULT });
  });
}

function rowOf(
  manifest: Manifest,
  skill: ManifestSkill,
  pin: SkillVersion | undefined,
  result: SyncResult,
): SkillTextDiff {
  const { id } = skill;
  const row = { id, from: pin?.commit ?? null, to: null, targets: [], message: null, files: [] };
  if ("error" in result) return { ...row, status: "failed", message: sanitize(result.error.message) };
  const { version, moved, pinLost } = result.synced;
  if (moved?.what === "removed")
    return { ...row, to: moved.to, status: "missing", message: removedMessage(skill.source, moved.to) };
  const to = version.commit || null;
  if (pin?.tree === version.tree) return { ...row, to, status: "same" };
  if (pinLost !== undefined) return { ...row, to, status: "failed", message: sanitize(pinLost.message) };
  try {
    const before = pin === undefined ? new Map<string, never>() : storedVersions(manifest, pin.tree, id);
    const files = textChanges(before, storedVersions(manifest, version.tree, id), true);
    return { ...row, to, status: "different", files };
  } catch (error) {
    if (!(error instanceof EdenError)) throw error;
    return { ...row, to, status: "failed", message: sanitize(error.message) };
  }
}
