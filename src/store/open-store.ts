import { EdenError } from "../errors.js";
import { makeWritable } from "../system/change-trees.js";
import { listDirectory, lstatIfExists } from "../system/read-files.js";
import { entryDirectory, storeDirectory, treeDirectory } from "./layout.js";

const opened = new Set<string>();

/**
 * Lets the owner of a store change all directories in it, once a process: an earlier version made them read-only, so that `rm -rf` failed and no cache
 * could be unpacked over them. An entry of that version is known by its own mode. Entries of other users stay as they are.
 */
export function openStore(storageRoot: string): void {
  if (opened.has(storageRoot)) return;
  opened.add(storageRoot);
  for (const tree of listDirectory(storeDirectory(storageRoot)).filter((name) => !name.includes("."))) {
    for (const path of [treeDirectory(storageRoot, tree), ...entriesOf(storageRoot, tree)]) openEntry(path);
  }
}

function entriesOf(storageRoot: string, tree: string): string[] {
  try {
    return listDirectory(treeDirectory(storageRoot, tree)).map((id) => entryDirectory(storageRoot, tree, id));
  } catch (error) {
    if (error instanceof EdenError) return [];
    throw error;
  }
}

function openEntry(path: string): void {
  try {
    const stats = lstatIfExists(path);
    if (stats?.isDirectory() === true && (stats.mode & 0o200) === 0) makeWritable(path);
  } catch {
    // Another user's, or gone by now: it is not needed for what is to be done.
  }
}
