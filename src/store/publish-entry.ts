import { dirname, join } from "node:path";
import { EdenError, errorCode } from "../errors.js";
import { listEntries, statIfExists } from "../system/read-files.js";
import { removeTree, renameInBackground } from "../system/change-trees.js";
import { moveTree } from "../system/move-trees.js";
import { flushPath } from "../system/flush.js";
import { createDirectory } from "../system/write-files.js";
import { holdsContent, type ContentIdentity } from "./integrity.js";
import { makeStoreWritable } from "./make-writable.js";
import type { Marker } from "./marker.js";
import type { Store } from "./store.js";
import type { WriteWindow } from "../system/write-window.js";

/** A directory in staging that is to become an entry. */
export interface Staged {
  store: Store;
  /** It does not exist yet when it is handed out. */
  path: string;
  /** Shared by one run. */
  window: WriteWindow;
}

/**
 * Renames a directory from staging to its place in the store; all directories in it reach the disk
 * before the rename does. If another process has published the same content meanwhile, that one is
 * kept, if it verifies.
 * @param directories relative paths of the inner directories.
 * @throws EdenError; nothing appears in the store then.
 */
export async function publishEntry(
  { store, path: staged, window }: Staged,
  marker: Pick<Marker, "tree" | keyof ContentIdentity>,
  id: string,
  directories: Iterable<string>,
): Promise<void> {
  const inner = [...directories].map((path) => join(staged, path));
  const flush = async (directory: string) => await window.run(async () => await flushPath(directory));
  await Promise.all([...inner, staged].map(flush));
  makeStoreWritable(store);
  const destination = store.entryDirectory(marker.tree, id);
  await window.run(async () => await createDirectory(dirname(destination)));
  try {
    const isUnproved = statIfExists(destination) !== null && store.readMarker(marker.tree) === null;
    if (isUnproved && !verifies(destination, marker)) removeTree(destination);
    await window.run(async () => await move(staged, destination));
  } catch (error) {
    if (!(error instanceof EdenError) || !["ENOTEMPTY", "EEXIST"].includes(errorCode(error.cause) ?? "")) throw error;
  }
  await flush(dirname(destination));
}

async function move(from: string, to: string): Promise<void> {
  try {
    await renameInBackground(from, to);
  } catch (error) {
    if (!(error instanceof EdenError) || errorCode(error.cause) !== "EXDEV") throw error;
    moveTree(from, to);
  }
}

function verifies(directory: string, content: ContentIdentity): boolean {
  return listEntries(directory).length > 0 && holdsContent(directory, content);
}
