import type { Installed } from "../run/installed.js";
import { requireUnchanged } from "../workspace/require-unchanged.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { readTextIfExists } from "../system/read-files.js";
import { removeThroughLinks, writeThroughLinks } from "../system/write-through.js";
import { systemClock } from "../system/clock.js";
import { applyRun } from "../apply/apply-run.js";
import { withManifestLock } from "../workspace/manifest-lock.js";
import type { ManifestPlace } from "../workspace/manifest-place.js";
import type { Diagnostic, Report } from "../run/report.js";
import type { ApplyInput } from "../run/run-context.js";

/** How the manifest is to change. */
export interface ManifestChange {
  /** True when what cannot be installed is left out; else it keeps the others from being installed. */
  isLenient: boolean;
  /** The manifest with these skills of the run, and its text without a byte order mark. */
  editedFor(ids: readonly string[]): Promise<{ text: string; manifest: Manifest }>;
}

/**
 * Installs skills together with the change of the manifest that wants them: both or none. The manifest is written once everything synced
 * and no target is in anybody's way, or, if the change is lenient, for the skills of which that is so; when a target fails all the same,
 * manifest, lockfile and targets become what they were.
 * @param input a run about the new skills alone, of the manifest as it is to be.
 */
export async function installTransaction(
  input: ApplyInput,
  place: ManifestPlace,
  { isLenient, editedFor }: ManifestChange,
): Promise<Installed> {
  const { manifest } = input;
  const locked = readTextIfExists(manifest.lockfilePath);
  let written: { ids: readonly string[]; text: string } | null = null;
  const write = async (ids: readonly string[]) => {
    const edited = await editedFor(ids);
    const text = `${place.mark}${edited.text}`;
    await withManifestLock(manifest, { clock: systemClock }, () => {
      requireUnchanged(place);
      writeThroughLinks(manifest.path, text);
    });
    written = { ids, text };
    return edited.manifest;
  };
  const report = await applyRun({ ...input, beforeInstall: { isLenient, write } });
  const { ids, text } = (written as { ids: readonly string[]; text: string } | null) ?? { ids: [], text: null };
  if (text === null || wentWell(report, ids, input)) return { report, installed: [...ids] };
  if (await takeBack(input, place, text, locked)) return { report, installed: [] };
  const left = leftAsItIs(manifest.path);
  input.emit({ type: "notice", at: input.clock.now(), skill: null, ...left });
  return { report: { ...report, diagnostics: [...report.diagnostics, left] }, installed: [] };
}

/** True when these skills are installed, whatever became of those that were left out. */
function wentWell(report: Report, ids: readonly string[], { notices }: ApplyInput): boolean {
  if (report.exit_code === 0) return true;
  const known = notices.filter((event) => event.type === "notice" && event.severity === "error").length;
  const errors = report.diagnostics.filter(({ severity }) => severity === "error").length;
  const done = new Set(["installed", "unchanged", "metadata_only"]);
  const isThere = ({ id, status }: Report["skills"][number]) => !ids.includes(id) || done.has(status);
  return report.outcome !== "cancelled" && errors === known && report.skills.every(isThere);
}

/**
 * What was done is undone in the order that leaves no moment in which a target is nobody's.
 * @param written the manifest as this run left it. Whoever has changed it since must not lose that: then nothing is undone.
 * @returns false when nothing was undone.
 */
async function takeBack(
  input: ApplyInput,
  place: ManifestPlace,
  written: string,
  locked: string | null,
): Promise<boolean> {
  const { manifest, text, mark, isNew } = place;
  const before = `${mark}${text}`;
  const ifStill = async (expected: string, work: () => void) =>
    await withManifestLock(manifest, { clock: systemClock }, () => {
      if (readTextIfExists(manifest.path) !== expected) return false;
      work();
      return true;
    });
  if (!(await ifStill(written, () => writeThroughLinks(manifest.path, before)))) return false;
  // It is done even when the run itself was interrupted.
  const { signal: _aborted, ...options } = input.options;
  await applyRun({ ...input, options, manifest, selected: [], notices: [], emit: () => {} });
  await ifStill(before, () => {
    if (locked === null) removeThroughLinks(manifest.lockfilePath);
    else if (readTextIfExists(manifest.lockfilePath) !== locked) writeThroughLinks(manifest.lockfilePath, locked);
    if (isNew) removeThroughLinks(manifest.path);
  });
  return true;
}

function leftAsItIs(path: string): Diagnostic {
  return {
    code: "MANIFEST_CHANGED",
    severity: "error",
    stage: "manifest",
    message: `${path} was changed while this run was at work, and is left as it is, with the new skills in it`,
    hint: "Run `eden-skills apply` to try again, or `eden-skills remove` to take the new skills out.",
  };
}
