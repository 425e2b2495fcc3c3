import { join } from "node:path";
import { EdenError } from "../errors.js";
import { listDirectory, listEntries, readLinkIfAny } from "../system/read-files.js";
import { createHardLink, createLink, removeTree } from "../system/change-trees.js";
import { makeDirectory } from "../system/write-files.js";
import { integrityOnDisk } from "./integrity.js";
import { entryDirectory, treeDirectory } from "./layout.js";
import { readMarker, type Marker } from "./marker.js";
import { publishEntry } from "./publish-entry.js";
import type { FlushWindow } from "../system/flush-window.js";

/**
 * Makes an entry for a skill whose content the store already holds under another id: the files are hard links, so the content lies on the
 * disk once.
 * @param staged a path in staging that does not exist yet.
 * @returns the marker of the content; null when it is not here, was changed, or the file system has no hard links.
 * @throws EdenError; nothing appears in the store then.
 */
export async function linkEntry(
  storageRoot: string,
  staged: string,
  tree: string,
  id: string,
  window: FlushWindow,
): Promise<Marker | null> {
  const marker = readMarker(storageRoot, tree);
  const other =
    marker === null ? undefined : listDirectory(treeDirectory(storageRoot, tree)).find((name) => name !== id);
  if (marker === null || other === undefined) return null;
  const from = entryDirectory(storageRoot, tree, other);
  try {
    const directories: string[] = [];
    if (!isLinked(from, staged, directories) || integrityOnDisk(staged) !== marker.integrity) return null;
    await publishEntry(storageRoot, staged, marker, id, directories, window);
    return marker;
  } finally {
    removeTree(staged);
  }
}

/** An entry that is not what its marker says, or goes away while it is read, is no source; what brings the content anew will tell more. */
function isLinked(from: string, to: string, directories: string[]): boolean {
  try {
    return linkTree(from, to, "", directories);
  } catch (error) {
    if (error instanceof EdenError && error.code === "INTERNAL") return false;
    throw error;
  }
}

/** @returns false when a file could not be linked. */
function linkTree(from: string, to: string, relative: string, directories: string[]): boolean {
  makeDirectory(join(to, relative));
  if (relative !== "") directories.push(relative);
  return listEntries(join(from, relative)).every(({ name, kind }) => {
    const path = relative === "" ? name : `${relative}/${name}`;
    if (kind === "directory") return linkTree(from, to, path, directories);
    if (kind === "file") return createHardLink(join(from, path), join(to, path));
    createLink(readLinkIfAny(join(from, path)) ?? "", join(to, path));
    return true;
  });
}
