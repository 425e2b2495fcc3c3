import type { FoundLockfile } from "../workspace/found-lockfile.js";
import { EdenError } from "../errors.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { requireUpToDate } from "../workspace/pins.js";
import { errorFinding, warningFinding, type Finding } from "./finding.js";

/** Checks that the lockfile exists, is readable, and matches the manifest. */
export function checkLockfile(manifest: Manifest, found: FoundLockfile): Finding[] {
  if (found.text === null) {
    if (manifest.skills.length + manifest.collections.length === 0) return [];
    const message = `${manifest.lockfilePath} does not exist`;
    return [warningFinding("LOCK_MISSING", {}, message, "Run `eden-skills apply` and commit the lockfile.")];
  }
  if (found.problem !== null) {
    const remedy =
      "Restore it from version control (choose a side where git left conflict markers): `repair` would resolve every ref again.";
    return [errorFinding("LOCK_OUT_OF_DATE", {}, `${manifest.lockfilePath} cannot be read: ${found.problem}`, remedy)];
  }
  try {
    requireUpToDate({ manifest, found });
    return [];
  } catch (error) {
    if (!(error instanceof EdenError) || error.code !== "LOCK_OUT_OF_DATE") throw error;
    return [warningFinding(error.code, {}, error.message, "Run `eden-skills apply` and commit the lockfile.")];
  }
}
