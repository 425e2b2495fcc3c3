import { removeTree, renamePath } from "../system/files.js";

/**
 * Puts `next` in the place of a directory, which no rename can replace: the old one is moved aside, the new one moved in, the old one
 * removed. When the new one cannot be moved in, the old one comes back.
 * @throws EdenError; the old directory is then where it was.
 */
export function swapDirectory(path: string, next: string, aside: string): void {
  renamePath(path, aside);
  try {
    renamePath(next, path);
  } catch (error) {
    renamePath(aside, path);
    throw error;
  }
  removeTree(aside);
}
