import { basename } from "node:path";
import { EdenError } from "../errors.js";
import { removeTree, renamePath } from "../system/change-trees.js";
import { copyVerbatim, isPartOf, removeCopied, tryRename } from "../system/move-trees.js";
import { copyName } from "./interrupted-swap.js";

/**
 * Removes or replaces a target of ours: it is moved aside, checked once more where no other program
 * uses it, then removed. If it is no longer what we installed, or if `next` cannot be moved in, it
 * is restored.
 * @param next the entry to move in; null for none.
 * @param isOurs checks the entry that was moved aside.
 * @throws EdenError `TARGET_CONFLICT` if its owner changed it; otherwise the error of the move.
 */
export function swapAside(path: string, next: string | null, aside: string, isOurs: (aside: string) => boolean): void {
  if (!tryRename(path, aside)) copyAside(path, aside, isOurs);
  try {
    if (!isOurs(aside)) throw changed(path);
    if (next !== null) renamePath(next, path);
  } catch (error) {
    renamePath(aside, path);
    throw error;
  }
  removeTree(aside);
}

/**
 * For a directory that cannot be renamed. While it is removed in place, its copy has a name that
 * marks this: if this process ends in between, the next run removes the rest.
 */
function copyAside(path: string, aside: string, isOurs: (aside: string) => boolean): void {
  const noted = copyName(aside, basename(path));
  try {
    copyVerbatim(path, aside);
    if (!isOurs(aside)) throw changed(path);
    renamePath(aside, noted);
    removeCopied(path, noted);
  } catch (error) {
    removeTree(aside);
    if (isPartOf(noted, path)) removeTree(noted);
    throw error;
  }
  renamePath(noted, aside);
}

function changed(path: string): EdenError {
  return new EdenError("TARGET_CONFLICT", "changed while it was being replaced", { stage: "install", path });
}
