import { EdenError } from "../errors.js";
import { removeTree, renamePath } from "../system/change-trees.js";

/**
 * Takes a target of ours away: it is moved aside, looked at once more where nobody else works on it, then removed. When it is no longer
 * what we put there, or when `next` cannot take its place, it comes back.
 * @param next what is to be moved in; null for nothing.
 * @param isOurs judges what was moved aside.
 * @throws EdenError `TARGET_CONFLICT` when its owner was faster; otherwise what hindered the move.
 */
export function swapAside(path: string, next: string | null, aside: string, isOurs: (aside: string) => boolean): void {
  renamePath(path, aside);
  try {
    if (!isOurs(aside))
      throw new EdenError("TARGET_CONFLICT", "changed while it was being replaced", {
        stage: "install",
        path,
        hint: "Run the command again when nothing else writes there.",
      });
    if (next !== null) renamePath(next, path);
  } catch (error) {
    renamePath(aside, path);
    throw error;
  }
  removeTree(aside);
}
