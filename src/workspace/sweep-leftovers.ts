import { basename, dirname, join } from "node:path";
import { EdenError } from "../errors.js";
import { sweepRepository } from "../git/sweep-repository.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { hasEndedProcess, leftoversIn } from "../store/leftovers.js";
import { deadLocks, removeDeadLock, type LockOptions } from "../system/lock.js";
import { removeIfPossible, sweepTemporaryFiles } from "../system/temporary-files.js";

/**
 * Removes what ended processes of this machine have left beside a manifest and in its storage. What
 * cannot be removed now stays for a later run.
 */
export async function sweepLeftovers(
  { path, storageRoot }: Pick<Manifest, "path" | "storageRoot">,
  options: LockOptions,
): Promise<void> {
  sweepTemporaryFiles(dirname(path));
  try {
    if (!hasEndedProcess(storageRoot)) return;
    await sweepLocks(storageRoot, options);
    for (const left of leftoversIn(storageRoot)) removeIfPossible(left);
  } catch (error) {
    if (!(error instanceof EdenError)) throw error;
  }
}

/**
 * Removes the locks of ended processes from a storage. Git may have been at work in the mirror of
 * such a lock.
 * @throws EdenError; the signal's reason when aborted.
 */
export async function sweepLocks(storageRoot: string, options: LockOptions): Promise<void> {
  for (const lock of deadLocks(join(storageRoot, "locks"))) {
    const mirror = join(storageRoot, "mirrors", basename(lock).replace(/\.lock.*$/u, ""));
    await removeDeadLock(lock, options, () => sweepRepository(mirror));
  }
}
