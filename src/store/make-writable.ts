import { EdenError } from "../errors.js";
import { makeWritable } from "../system/change-trees.js";
import { listDirectory, lstatIfExists } from "../system/read-files.js";
import type { Store } from "./store.js";

const done = new Set<string>();

/**
 * Makes all directories of a store writable for its owner, once per process: an earlier version
 * made them read-only, so that `rm -rf` failed and no cache could be unpacked over them. An entry
 * of that version is recognised by its mode. Entries of other users stay as they are.
 */
export function makeStoreWritable(store: Store): void {
  if (done.has(store.root)) return;
  done.add(store.root);
  for (const tree of listDirectory(store.directory).filter((name) => !name.includes("."))) {
    for (const path of [store.treeDirectory(tree), ...entriesOf(store, tree)]) openEntry(path);
  }
}

function entriesOf(store: Store, tree: string): string[] {
  try {
    return listDirectory(store.treeDirectory(tree)).map((id) => store.entryDirectory(tree, id));
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
    // It belongs to another user, or was removed: it is not needed.
  }
}
