import { EdenError } from "../errors.js";
import { holdsContent } from "./integrity.js";
import { entryDirectory } from "./layout.js";
import { readMarker } from "./marker.js";

/** True when an entry of the store no longer has the integrity that its marker tells. */
export function isCorrupt(storageRoot: string, tree: string, id: string): boolean {
  const marker = readMarker(storageRoot, tree);
  if (marker === null) return false;
  try {
    return !holdsContent(entryDirectory(storageRoot, tree, id), marker);
  } catch (error) {
    if (error instanceof EdenError) return true;
    throw error;
  }
}
