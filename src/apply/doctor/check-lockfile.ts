import { EdenError } from "../../errors.js";
import type { Manifest } from "../../manifest/manifest.js";
import type { FoundLockfile } from "../machine.js";
import { requireUpToDate } from "../pins.js";
import { finding, type Finding } from "./finding.js";

/** Looks whether the lockfile is there, can be read, and says what the manifest asks for. */
export function checkLockfile(manifest: Manifest, found: FoundLockfile): Finding[] {
  if (found.text === null) {
    if (manifest.skills.length === 0) return [];
    const message = `there is no ${manifest.lockfilePath}`;
    return [finding("warning", "LOCK_MISSING", {}, message, "Run `eden-skills apply` and commit the lockfile.")];
  }
  try {
    requireUpToDate({ manifest, found });
    return [];
  } catch (error) {
    if (!(error instanceof EdenError) || error.code !== "LOCK_OUT_OF_DATE") throw error;
    return [finding("warning", error.code, {}, error.message, "Run `eden-skills apply` and commit the lockfile.")];
  }
}
