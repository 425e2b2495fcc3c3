import { dirname, join } from "node:path";
import { EdenError, errorCode } from "../errors.js";
import { listEntries, statIfExists } from "../system/read-files.js";
import { removeTree } from "../system/change-trees.js";
import { moveTree } from "../system/move-trees.js";
import { flushPath } from "../system/flush.js";
import { makeDirectory } from "../system/write-files.js";
import { holdsContent, type ContentIdentity } from "./integrity.js";
import { entryDirectory } from "./layout.js";
import { readMarker, type Marker } from "./marker.js";
import { openStore } from "./open-store.js";
import type { FlushWindow } from "../system/flush-window.js";

/**
 * Renames a directory from staging to its place in the store; all directories in it reach the disk before the rename does. Another process may have published the same content in the meantime: then that is kept, if it verifies.
 * @param directories relative paths of the inner directories.
 * @throws EdenError; nothing appears in the store then.
 */
export async function publishEntry(
  storageRoot: string,
  staged: string,
  { tree, ...content }: Pick<Marker, "tree" | "integrity" | "bareIntegrity">,
  id: string,
  directories: Iterable<string>,
  window: FlushWindow,
): Promise<void> {
  const inner = [...directories].map((path) => join(staged, path));
  const flush = async (directory: string) => await window.run(async () => await flushPath(directory));
  await Promise.all([...inner, staged].map(flush));
  openStore(storageRoot);
  const destination = entryDirectory(storageRoot, tree, id);
  makeDirectory(dirname(destination));
  try {
    const isUnproved = statIfExists(destination) !== null && readMarker(storageRoot, tree) === null;
    if (isUnproved && !verifies(destination, content)) removeTree(destination);
    moveTree(staged, destination);
  } catch (error) {
    if (!(error instanceof EdenError) || !["ENOTEMPTY", "EEXIST"].includes(errorCode(error.cause) ?? "")) throw error;
  }
  await flush(dirname(destination));
}

function verifies(directory: string, content: ContentIdentity): boolean {
  return listEntries(directory).length > 0 && holdsContent(directory, content);
}
