import { join } from "node:path";
import { EdenError } from "../errors.js";
import { contentBelow, directoriesOf } from "../skill/files-below.js";
import { readLinkIfAny } from "../system/read-files.js";
import { createHardLink, createLink, removeTree } from "../system/change-trees.js";
import { makeDirectory } from "../system/write-files.js";
import { bringsLitter, holdsContent } from "./integrity.js";
import { idsOf } from "./inventory.js";
import { entryDirectory } from "./layout.js";
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
  const other = marker === null ? undefined : idsOf(storageRoot, tree).find((name) => name !== id);
  if (marker === null || other === undefined) return null;
  const from = entryDirectory(storageRoot, tree, other);
  try {
    const directories = linkTree(from, staged, marker.integrity);
    if (directories === null || !holdsContent(staged, marker)) return null;
    await publishEntry(storageRoot, staged, marker, id, directories, window);
    return marker;
  } finally {
    removeTree(staged);
  }
}

/**
 * Links the files of an entry. An entry that is not what its marker says, or goes away while it is read, is no source; what brings the content
 * anew will tell more.
 * @returns the directories in it; null when a file could not be linked.
 */
function linkTree(from: string, to: string, integrity: string): string[] | null {
  try {
    const files = contentBelow(from, bringsLitter(from, integrity));
    const directories = directoriesOf(files);
    for (const path of ["", ...directories]) makeDirectory(join(to, path));
    const isLinked = files.every(({ path, kind }) => {
      if (kind !== "link") return createHardLink(join(from, path), join(to, path));
      createLink(readLinkIfAny(join(from, path)) ?? "", join(to, path));
      return true;
    });
    return isLinked ? directories : null;
  } catch (error) {
    if (error instanceof EdenError && error.code === "FILE_FAILED") return null;
    throw error;
  }
}
