import { EdenError } from "../errors.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { copyVerbatim } from "../system/move-trees.js";
import { followLinks } from "../system/follow-links.js";
import { lstatIfExists, statIfExists } from "../system/read-files.js";
import { removeThroughLinks, writeThroughLinks } from "../system/write-through.js";
import { readLockfile } from "../workspace/read-lockfile.js";
import type { RunContext } from "../run/run-context.js";

/**
 * Writes a lockfile, or removes it (`text` null), through links. An existing file that is not our
 * lockfile (damaged, or of another program) is copied to the first free name of `skills.lock.bak`,
 * `.bak.1` …, and this is reported.
 * @throws EdenError `LOCK_UNREADABLE` if the existing entry is not a file.
 */
export function replaceLockfile(context: RunContext, manifest: Manifest, text: string | null): void {
  const path = manifest.lockfilePath;
  const { problem } = readLockfile(manifest, context.host.home);
  if (problem !== null) {
    const copy = keepCopy(path);
    const message = `${path} is not a lockfile of eden-skills (${problem}): a copy is kept at ${copy}`;
    context.notice({ severity: "warning", code: "LOCK_UNREADABLE", stage: "install", message });
  }
  if (text === null) removeThroughLinks(path);
  else writeThroughLinks(path, text);
}

function keepCopy(path: string): string {
  if (statIfExists(path)?.isFile() !== true)
    throw new EdenError("LOCK_UNREADABLE", `${path} is not a file`, { path, hint: "Move it away." });
  for (let number = 0; ; number++) {
    const copy = number === 0 ? `${path}.bak` : `${path}.bak.${number}`;
    if (lstatIfExists(copy) !== null) continue;
    copyVerbatim(followLinks(path).place, copy);
    return copy;
  }
}
