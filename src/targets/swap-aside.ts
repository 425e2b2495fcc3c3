import { basename } from "node:path";
import { EdenError } from "../errors.js";
import { removeTree, renamePath } from "../system/change-trees.js";
import { copyVerbatim, isPartOf, removeCopied, wasRenamed } from "../system/move-trees.js";
import { movedNote } from "./interrupted-swap.js";

/**
 * Takes a target of ours away: it is moved aside, looked at once more where nobody else works on it, then removed. When it is no longer
 * what we put there, or when `next` cannot take its place, it comes back.
 * @param next what is to be moved in; null for nothing.
 * @param isOurs judges what was moved aside.
 * @throws EdenError `TARGET_CONFLICT` when its owner was faster; otherwise what hindered the move.
 */
export function swapAside(path: string, next: string | null, aside: string, isOurs: (aside: string) => boolean): void {
  if (!wasRenamed(path, aside)) copyAside(path, aside, isOurs);
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
 * For a directory that cannot be renamed. While it is removed where it stands, its copy has a name that says so: should this process end in
 * between, the next one removes the rest.
 */
function copyAside(path: string, aside: string, isOurs: (aside: string) => boolean): void {
  const noted = movedNote(aside, basename(path));
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
