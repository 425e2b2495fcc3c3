import { readTextIfExists, statIfExists } from "../system/read-files.js";
import { replaceFile } from "../system/write-files.js";
import { entryDirectory, markerPath } from "./layout.js";
import type { ContentIdentity } from "./integrity.js";
import type { Safety } from "./safety.js";
import { isObjectId } from "../manifest/names/object-id.js";

/** What is known of one store entry. Its presence says that the content is complete. */
export interface Marker extends ContentIdentity {
  version: 1;
  tree: string;
  files: number;
  bytes: number;
  safety: Safety;
  /** Why its SKILL.md is not as it should be, or null. */
  skillProblem: string | null;
  /** Which of its files holds which object of git, by object id; links are left out. */
  blobs: Record<string, string>;
  /** Where this content was found; lets a locked commit be trusted without asking git again. */
  origins: Origin[];
}

export interface Origin {
  /** The normalised repository URL; a path for a directory. */
  repository: string;
  /** "" for a directory. */
  commit: string;
  subpath: string;
}

/** The `skillProblem` of a directory that is no skill at all. */
export const NO_SKILL_FILE = "there is no SKILL.md";

/** The marker of a tree, or null when the content is not (completely) there. */
export function readMarker(storageRoot: string, tree: string): Marker | null {
  if (!isObjectId(tree)) return null;
  const text = readTextIfExists(markerPath(storageRoot, tree));
  if (text === null) return null;
  try {
    const marker = JSON.parse(text) as Marker;
    return isMarker(marker) && marker.tree === tree ? marker : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function isMarker(marker: Marker | null): marker is Marker {
  if (marker?.version !== 1 || typeof marker.integrity !== "string" || !Array.isArray(marker.origins)) return false;
  if (!["string", "undefined"].includes(typeof marker.bareIntegrity)) return false;
  if (marker.skillProblem !== null && typeof marker.skillProblem !== "string") return false;
  if (Object.values(marker.blobs ?? { missing: null }).some((path) => typeof path !== "string")) return false;
  return marker.origins.every((origin: Partial<Origin> | null) =>
    [origin?.repository, origin?.commit, origin?.subpath].every((text) => typeof text === "string"),
  );
}

/** The marker when that content is in the store under that skill id, else null. */
export function readyEntry(storageRoot: string, tree: string, id: string): Marker | null {
  const marker = readMarker(storageRoot, tree);
  if (marker === null || statIfExists(entryDirectory(storageRoot, tree, id))?.isDirectory() !== true) return null;
  return marker;
}

export function hasOrigin(marker: Marker, origin: Origin): boolean {
  return marker.origins.some(
    ({ repository, commit, subpath }) =>
      repository === origin.repository && commit === origin.commit && subpath === origin.subpath,
  );
}

/** How many origins a marker keeps: enough for every pin in use; older ones are asked for again when somebody needs them. */
const MOST_ORIGINS = 64;

/** Writes the marker with one more origin. Two writers at once may lose one of them: it costs a later look, no more. */
export async function writeMarker(storageRoot: string, marker: Marker, origin: Origin): Promise<void> {
  const current = readMarker(storageRoot, marker.tree);
  if (current !== null && hasOrigin(current, origin)) return;
  const others = (current?.origins ?? marker.origins).filter(
    (known) => !hasOrigin({ ...marker, origins: [known] }, origin),
  );
  const origins = [origin, ...others].slice(0, MOST_ORIGINS);
  await replaceFile(markerPath(storageRoot, marker.tree), `${JSON.stringify({ ...marker, origins }, null, 1)}\n`);
}
