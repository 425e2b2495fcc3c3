import { join } from "node:path";
import { EdenError } from "../errors.js";
import { contentBelow, directoriesOf } from "../skill/files-below.js";
import { readLinkIfAny } from "../system/read-files.js";
import { createHardLink, createLink, removeTree } from "../system/change-trees.js";
import { createDirectory } from "../system/write-files.js";
import { bringsLitter, holdsContent, type ContentIdentity } from "./integrity.js";
import type { Marker } from "./marker.js";
import { publishEntry, type Staged } from "./publish-entry.js";

/**
 * Makes an entry for a skill whose content the store already holds under another id: the files are
 * hard links, so the content uses the disk once.
 * @returns the marker of the content; null when it is not here, was changed, or the file system has
 *   no hard links.
 * @throws EdenError; nothing appears in the store then.
 */
export async function linkEntry(staged: Staged, tree: string, id: string): Promise<Marker | null> {
  const { store, path } = staged;
  const marker = store.readMarker(tree);
  const other = marker === null ? undefined : store.idsOf(tree).find((name) => name !== id);
  if (marker === null || other === undefined) return null;
  try {
    const directories = await linkTree(store.entryDirectory(tree, other), path, marker);
    if (directories === null || !holdsContent(path, marker)) return null;
    await publishEntry(staged, marker, id, directories);
    return marker;
  } finally {
    removeTree(path);
  }
}

/**
 * Links the files of an entry. An entry that differs from its marker, or is removed meanwhile, is
 * not used: the content is fetched again.
 * @returns the directories in it; null when a file could not be linked.
 */
async function linkTree(from: string, to: string, content: ContentIdentity): Promise<string[] | null> {
  try {
    const files = contentBelow(from, bringsLitter(from, content));
    const directories = directoriesOf(files);
    for (const path of ["", ...directories]) await createDirectory(join(to, path));
    for (const { path, kind } of files) {
      const [source, link] = [join(from, path), join(to, path)];
      if (kind === "link") await createLink(readLinkIfAny(source) ?? "", link);
      else if (!createHardLink(source, link)) return null;
    }
    return directories;
  } catch (error) {
    if (error instanceof EdenError && error.code === "FILE_FAILED") return null;
    throw error;
  }
}
