import { EdenError } from "../errors.js";
import type { Manifest } from "../manifest/manifest.js";
import { lstatIfExists, readTextIfExists } from "../system/read-files.js";
import { removeQuietly, writeByRename } from "../system/write-files.js";
import { systemClock } from "../system/clock.js";
import { applyRun } from "./apply-run.js";
import { writeManifest } from "./edit-manifest.js";
import { withManifestLock } from "./manifest-lock.js";
import type { ManifestPlace } from "./manifest-place.js";
import type { Report } from "./report.js";
import type { ApplyInput } from "./run-context.js";

/**
 * Installs skills together with the change of the manifest that wants them: both or none. The manifest is written once everything synced
 * and no target is in anybody's way; when a target fails all the same, manifest, lockfile and targets become what they were.
 * @param input a run about the new skills alone, of the manifest as it is to be.
 */
export async function installTransaction(input: ApplyInput, place: ManifestPlace, text: string): Promise<Report> {
  const { manifest } = input;
  const locked = readTextIfExists(manifest.lockfilePath);
  let isWritten = false;
  const report = await applyRun({
    ...input,
    beforeInstall: async () => {
      await withManifestLock(manifest, { clock: systemClock }, () => {
        requireUnchanged(place);
        writeManifest(manifest.path, `${place.mark}${text}`);
      });
      isWritten = true;
    },
  });
  if (report.exit_code !== 0 && isWritten) await takeBack(input, place, locked);
  return report;
}

/** What was done is undone in the order that leaves no moment in which a target is nobody's. */
async function takeBack(input: ApplyInput, place: ManifestPlace, locked: string | null): Promise<void> {
  const { manifest, text, mark, isNew } = place;
  writeManifest(manifest.path, `${mark}${text}`);
  // It is done even when the run itself was interrupted.
  const { signal: _aborted, ...options } = input.options;
  await applyRun({ ...input, options, manifest, selected: [], notices: [], emit: () => {} });
  if (locked === null) removeQuietly(manifest.lockfilePath);
  else if (readTextIfExists(manifest.lockfilePath) !== locked) writeByRename(manifest.lockfilePath, locked);
  if (isNew) removeQuietly(manifest.path);
}

/** @throws EdenError `MANIFEST_CHANGED` when a manifest is no longer as it was looked at. */
export function requireUnchanged({ manifest, text, mark, isNew }: { manifest: Manifest } & ManifestPlace): void {
  const now = lstatIfExists(manifest.path) === null ? null : readTextIfExists(manifest.path);
  if (now === (isNew ? null : `${mark}${text}`)) return;
  throw new EdenError("MANIFEST_CHANGED", `${manifest.path} was changed while this run was at work`, {
    hint: "Run the command again.",
  });
}
