import { basename, dirname, join } from "node:path";
import { EdenError } from "../errors.js";
import { removeTree } from "../system/change-trees.js";
import { isPartOf, removeSame } from "../system/move-trees.js";
import { deadTemporaries } from "../system/temporary-files.js";

const NOTE = ".instead-of.";

/** The name of a copy while the original beside it is being removed. */
export function copyName(copy: string, name: string): string {
  return `${copy}${NOTE}${name}`;
}

/**
 * Removes incomplete files of killed processes from a directory, and entries that they had begun to
 * remove. What cannot be removed now stays for a later run.
 */
export function sweepTemporaries(directory: string): void {
  for (const name of deadTemporaries(directory)) {
    try {
      const original = originalOf(name);
      if (original !== null) removeSame(join(directory, original), join(directory, name));
      removeTree(join(directory, name));
    } catch (error) {
      if (!(error instanceof EdenError)) throw error;
    }
  }
}

/**
 * Returns the whole copy of a directory whose removal was interrupted, if it was not changed since;
 * for any other directory, the directory itself. The parent directory is read once.
 */
export function intactCopyResolver(): (directory: string) => string {
  const known = new Map<string, string[]>();
  return (directory) => {
    const parent = dirname(directory);
    const copies = known.get(parent) ?? deadTemporaries(parent).filter((name) => originalOf(name) !== null);
    known.set(parent, copies);
    const copy = copies.find((name) => originalOf(name) === basename(directory));
    return copy !== undefined && isPartOf(directory, join(parent, copy)) ? join(parent, copy) : directory;
  };
}

function originalOf(name: string): string | null {
  const at = name.indexOf(NOTE);
  return at === -1 ? null : name.slice(at + NOTE.length);
}
