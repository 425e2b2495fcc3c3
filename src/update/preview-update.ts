import type { PolicyMove } from "../policy/team-file.js";
import { changesBetween, lookAtFiles } from "./compare-contents.js";
import { previewSites } from "./preview-sites.js";
import { failureStatus, NOTHING, type PreviewedSkill, type SkillDiff } from "./skill-diff.js";
import type { SkillVersion } from "../run/events.js";
import { EdenError, sanitize } from "../errors.js";
import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import { directoryOf } from "../manifest/source/skill-source.js";
import type { Lockfile } from "../manifest/lockfile/lockfile.js";
import { isEdited } from "../apply/hold-back.js";
import { syncRun } from "../apply/pipeline.js";
import type { Synced } from "../apply/synced.js";
import type { Machine } from "../workspace/machine.js";
import { droppedMessage } from "./collection-changes.js";
import { removedMessage } from "./outdated.js";
import { contentsOf, readSnapshot, readStored, type Snapshot } from "../workspace/read-snapshot.js";
import { isFixed } from "../sync/resolve-commits.js";
import type { RunContext } from "../run/run-context.js";
import type { Job } from "../workspace/job.js";
import { requireApart } from "../workspace/require-apart.js";
import { NO_RESULT, type SyncedSkill, type SyncResult } from "../sync/sync-result.js";
import { openStore } from "../store/store.js";

type Compared = Omit<SkillDiff, "held" | "denied" | "rewritten">;

/** The document of `update --dry-run --json`. */
export interface UpdatePreview {
  schema_version: 1;
  command: "update";
  dry_run: true;
  count: number;
  /**
   * In manifest order, without the user's own directories, which have no commit, unless a collection
   * gets or loses them. What collections lose comes last. Skills of sites have digests for commits.
   */
  skills: PreviewedSkill[];
  /** How the pin of the team's policy would move; absent if it stays. */
  policy?: PolicyMove;
}

/**
 * Fetches the current content of the refs into the store, as an update does, and compares it with
 * the pins. Nothing else changes.
 * @param context of a run that moves pins and follows moved tags, to show their changes.
 * @param isForced true if the update would be forced.
 */
export async function previewUpdate(context: RunContext, job: Job, isForced: boolean): Promise<UpdatePreview> {
  const synced = await syncUpstream(context, job);
  const preview = await previewOf(synced, job, isForced);
  const sites = await previewSites(context, job, isForced);
  return withRows(preview, synced, sites);
}

/** The preview with the rows of skills of sites, in manifest order. */
export function withRows(
  preview: UpdatePreview,
  { machine }: Synced,
  sites: readonly { row: PreviewedSkill }[],
): UpdatePreview {
  const order = new Map(machine.manifest.skills.map(({ id }, at) => [id, at]));
  const placeOf = ({ id }: PreviewedSkill) => order.get(id) ?? order.size;
  const skills = [...preview.skills, ...sites.map(({ row }) => row)].toSorted((a, b) => placeOf(a) - placeOf(b));
  return { ...preview, count: skills.length, skills };
}

/** A run up to its barrier, with the current content of the refs and that of the pins. */
export async function syncUpstream(context: RunContext, job: Job): Promise<Synced> {
  requireApart(job.manifest.skills, job.selected);
  const wanted = job.selected.filter(({ enabled, source }) => enabled && source.kind !== "directory");
  const keep = new Set(wanted.map(({ id }) => id));
  return await syncRun(context, { ...job, selected: wanted }, { keep });
}

/**
 * The comparison of what was synced with the pins.
 * @param job as the run began.
 */
export async function previewOf(synced: Synced, job: Job, isForced: boolean): Promise<UpdatePreview> {
  const { machine, selected, results, pinned, policyMove } = synced;
  const { manifest } = machine;
  const skills: PreviewedSkill[] = [];
  for (const skill of selected) {
    const { id, source } = skill;
    const [pin, result] = [pinned.get(id), results.get(id) ?? { error: NO_RESULT }];
    const held = isForced || "error" in result ? null : whyHeld(machine, skill, pin, result.synced);
    skills.push({
      id,
      ref: source.kind === "repository" ? source.ref : null,
      ...(await diffOf(manifest, skill, pin, result)),
      held,
      denied: "error" in result ? null : whyDenied(manifest, result.synced),
      rewritten: isRewritten(result),
    });
  }
  skills.push(...droppedRows(job.manifest, manifest, machine.found.lockfile));
  return {
    schema_version: 1,
    command: "update",
    dry_run: true,
    count: skills.length,
    skills,
    ...(policyMove && { policy: policyMove }),
  };
}

/** The members of collections that their sources no longer have. */
function droppedRows(before: Manifest, now: Manifest, { skills: locked }: Lockfile): PreviewedSkill[] {
  const left = new Set(now.skills.map(({ id }) => id));
  const commits = new Map(locked.map(({ id, resolvedCommit }) => [id, resolvedCommit]));
  return before.skills
    .filter(({ id, collection }) => collection !== undefined && !left.has(id))
    .map(({ id, collection, source }) => ({
      id,
      ref: source.kind === "repository" ? source.ref : null,
      from: commits.get(id) || null,
      to: null,
      status: "removed",
      message: droppedMessage(collection?.key ?? ""),
      held: null,
      denied: null,
      rewritten: false,
      ...NOTHING,
    }));
}

async function diffOf(
  manifest: Manifest,
  skill: ManifestSkill,
  pin: SkillVersion | undefined,
  result: SyncResult,
): Promise<Compared> {
  const from = pin?.commit ?? null;
  const nothing = { from, ...NOTHING };
  const failed = (error: EdenError, to: string | null, status: SkillDiff["status"]): Compared => ({
    ...nothing,
    to,
    status,
    message: portable(manifest, error),
  });
  if ("error" in result) return failed(result.error, null, failureStatus(result.error));
  const { version, moved, pinLost } = result.synced;
  if (moved?.what === "removed")
    return { ...nothing, to: moved.to, status: "removed", message: removedMessage(skill.source, moved.to) };
  const { tree } = version;
  const to = version.commit || null;
  const isSame = pin !== undefined && tree === pin.tree;
  const absent = skill.collection === undefined ? "missing" : "added";
  const status = from === null ? absent : !isSame ? "outdated" : isFixed(skill) ? "pinned" : "current";
  if (isSame) return { ...nothing, to, status, message: null };
  if (pinLost !== undefined) return failed(pinLost, to, "failed");
  try {
    const before = pin === undefined ? null : await lookAt(manifest, pin.tree, skill.id);
    const after = await (skill.source.kind === "directory"
      ? lookIn(directoryOf(skill.source), readSnapshot(manifest.limits, directoryOf(skill.source)))
      : lookAt(manifest, tree, skill.id));
    return {
      from,
      to,
      status,
      message: null,
      ...changesBetween(before, after),
    };
  } catch (error) {
    if (error instanceof EdenError) return failed(error, to, "failed");
    throw error;
  }
}

function whyHeld(
  machine: Machine,
  skill: ManifestSkill,
  pin: SkillVersion | undefined,
  synced: SyncedSkill,
): string | null {
  if (synced.moved?.what === "tag-followed") return "its tag was moved";
  return isEdited(machine, skill, pin, synced.version) ? "a copy of it was edited" : null;
}

function whyDenied(manifest: Manifest, { denied }: SyncedSkill): string | null {
  return denied === undefined ? null : portable(manifest, denied);
}

/** Paths in the project are relative, so that the text is the same on every machine. */
function portable({ directory }: Manifest, { message }: EdenError): string {
  return sanitize(message.replaceAll(`${directory}/`, ""));
}

function isRewritten(result: SyncResult): boolean | null {
  const what = "error" in result ? undefined : result.synced.moved?.what;
  return what === "unknown" ? null : what === "rewritten";
}

/** @throws EdenError if the store entry is unreadable or was changed. */
async function lookAt(manifest: Manifest, tree: string, id: string) {
  const directory = openStore(manifest.storageRoot).entryDirectory(tree, id);
  return await lookIn(directory, readStored(manifest, tree, id));
}

async function lookIn(directory: string, { files }: Pick<Snapshot, "files">) {
  return await lookAtFiles(files, contentsOf(directory, files));
}
