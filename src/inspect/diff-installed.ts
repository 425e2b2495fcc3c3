import { EdenError, sanitize } from "../errors.js";
import { syncRun } from "../apply/pipeline.js";
import { planSkill } from "../deploy/plan-machine.js";
import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import type { PlanItem } from "../plan/plan.js";
import type { SkillVersion } from "../run/events.js";
import type { RunContext } from "../run/run-context.js";
import { NO_RESULT } from "../sync/sync-result.js";
import { keepsModes } from "../system/file-modes.js";
import { realPath, statIfExists } from "../system/read-files.js";
import type { Job } from "../workspace/job.js";
import { isInstalled } from "../workspace/pins.js";
import type { Machine } from "../workspace/machine.js";
import { pinnedVersions } from "./pinned-versions.js";
import { versionsOnDisk } from "./skill-versions.js";
import type { SkillTextDiff } from "./skill-diffs.js";
import { textChanges, type Versions } from "./text-change.js";

/** Compares what the targets of each skill show with its pinned content, which is fetched if necessary. */
export async function diffInstalled(context: RunContext, job: Job): Promise<SkillTextDiff[]> {
  const { machine, selected, results } = await syncRun(context, job);
  const rows: SkillTextDiff[] = [];
  for (const skill of selected.filter(isInstalled)) {
    const result = results.get(skill.id) ?? { error: NO_RESULT };
    const none = { id: skill.id, from: null, to: null, targets: [], message: null, files: [] };
    if ("error" in result) rows.push({ ...none, status: "failed", message: sanitize(result.error.message) });
    else rows.push(...(await rowsOf(context, machine, skill, result.synced.version)));
  }
  return rows;
}

/** A row for each content that targets of the skill show. */
async function rowsOf(
  context: RunContext,
  machine: Machine,
  skill: ManifestSkill,
  version: SkillVersion,
): Promise<SkillTextDiff[]> {
  const items = planSkill(machine, skill, version).filter(({ environment }) => environment.kind === "local");
  const seen = new Map<string, PlanItem[]>();
  for (const item of items) {
    const place = statIfExists(item.targetPath) === null ? item.targetPath : realPath(item.targetPath);
    seen.set(place, [...(seen.get(place) ?? []), item]);
  }
  const rows: SkillTextDiff[] = [];
  for (const [place, [item, ...others]] of seen) {
    if (item === undefined || item.desired?.kind === "live") continue;
    const targets = [item, ...others].map(({ targetPath }) => targetPath);
    const row = { id: skill.id, from: version.commit || null, to: null, targets, message: null, files: [] };
    rows.push({ ...row, ...(await compared(context, machine, { skill, version, item, place })) });
  }
  return rows;
}

interface Compared {
  skill: ManifestSkill;
  version: SkillVersion;
  item: PlanItem;
  /** The directory with the installed content. */
  place: string;
}

async function compared(
  context: RunContext,
  { manifest }: Machine,
  { skill, version, item, place }: Compared,
): Promise<Partial<SkillTextDiff> & Pick<SkillTextDiff, "status">> {
  const { action, isEdited, reasons, desired } = item;
  if (action === "create") return { status: "missing", message: "nothing is installed there" };
  if (action === "conflict" && !isEdited) return { status: "conflict", message: reasons.join("; ") };
  if (desired?.kind !== "store") return { status: "missing", message: "it has no pinned content" };
  try {
    const pinned = await pinnedVersions(context, manifest, { skill, version, tree: desired.tree });
    const files = changesAt(manifest, place, pinned);
    return { status: files.length === 0 ? "same" : "different", files };
  } catch (error) {
    if (!(error instanceof EdenError) || context.signal.aborted) throw error;
    return { status: "failed", message: sanitize(error.message) };
  }
}

function changesAt({ storageRoot }: Manifest, place: string, pinned: Versions) {
  const now = versionsOnDisk(place, new Set(pinned.keys()));
  // The store keeps the modes of its entries in their markers.
  const isStored = place.startsWith(`${realPath(storageRoot)}/`);
  return textChanges(pinned, now, !isStored && keepsModes(place));
}
