import { EdenError } from "../errors.js";
import type { VerifyCheck } from "../manifest/document/manifest.js";
import { listDirectory, lstatIfExists, statIfExists } from "../system/read-files.js";

/**
 * Runs the checks of a skill on one target after it was installed.
 * @param matches whether a directory has the wanted content; always true for a live link.
 * @throws EdenError `VERIFY_FAILED` that names the check.
 */
export function verifyTarget(
  path: string,
  checks: readonly VerifyCheck[],
  matches: (directory: string) => boolean,
): void {
  const passes: Record<VerifyCheck, () => boolean> = {
    "path-exists": () => lstatIfExists(path) !== null,
    "target-resolves": () => statIfExists(path)?.isDirectory() === true,
    "is-symlink": () => lstatIfExists(path)?.isSymbolicLink() === true,
    "content-present": () => listDirectory(path).length > 0,
    "content-matches": () => matches(path),
  };
  for (const check of checks) {
    if (!passes[check]())
      throw new EdenError("VERIFY_FAILED", `the check ${check} failed for ${path}`, { stage: "verify", path });
  }
}
