import { join } from "node:path";
import { EdenError, sanitize } from "../errors.js";
import { FlushWindow } from "../system/flush-window.js";
import { listEntries, lstatIfExists, readLinkIfAny } from "../system/read-files.js";
import { createLink, removeTree, renamePath } from "../system/change-trees.js";
import { cloneFile, makeDirectory, syncDirectory, temporaryBeside } from "../system/write-files.js";
import { swapAside } from "./swap-aside.js";

/**
 * Makes a target a copy of a store entry: written beside it, proved against the integrity, then renamed to its place. What was there is
 * moved aside just before and removed after.
 * @param integrityOf works out the integrity of a directory.
 * @param isOurs judges what was moved aside.
 * @throws EdenError `INTEGRITY_MISMATCH` when the store does not hold what it should; `PERMISSION_DENIED`, `DISK_FULL` …
 */
export async function installCopy(
  path: string,
  source: string,
  integrity: string,
  integrityOf: (directory: string) => string,
  isOurs: (aside: string) => boolean,
): Promise<void> {
  const staged = temporaryBeside(path);
  try {
    await copyTree(source, staged, new FlushWindow());
    if (integrityOf(staged) !== integrity) {
      throw new EdenError("INTEGRITY_MISMATCH", `the store entry ${sanitize(source)} is not what was recorded`, {
        stage: "install",
        path: source,
        hint: "Remove it from the store and run apply again.",
      });
    }
    if (lstatIfExists(path) !== null) swapAside(path, staged, temporaryBeside(path), isOurs);
    else renamePath(staged, path);
  } finally {
    removeTree(staged);
  }
}

async function copyTree(from: string, to: string, window: FlushWindow): Promise<void> {
  makeDirectory(to);
  const copies = listEntries(from).map(async ({ name, kind }) => {
    const [source, destination] = [join(from, name), join(to, name)];
    if (kind === "directory") await copyTree(source, destination, window);
    else if (kind === "link") createLink(readLinkIfAny(source) ?? "", destination);
    else await window.run(async () => await cloneFile(source, destination));
  });
  // None may still be writing when what was copied is removed again.
  for (const copy of await Promise.allSettled(copies)) if (copy.status === "rejected") throw copy.reason;
  syncDirectory(to);
}
