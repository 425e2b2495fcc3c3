import { join, sep } from "node:path";
import { EdenError, sanitize } from "../errors.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { blockedDirectory } from "../system/blocked-path.js";
import { nearestExisting, realPath, statIfExists } from "../system/read-files.js";

/** The places that a target directory is checked against. */
export interface Places {
  /** The project's directory for a target that must stay in it; null if it may be anywhere. */
  project: string | null;
  storageRoot: string;
  home: string;
}

/**
 * Refuses a target directory whose links lead to a forbidden place. A repository can contain
 * `.claude/skills` as a link, which would lead our writes out of the project. Nothing is installed
 * into the store, the home directory itself, its keys, or a repository's `.git`. A path where a
 * file is in place of the directory is refused as well.
 * @throws EdenError `TARGET_PATH_INVALID`; `TARGET_CONFLICT` for a file in its place.
 */
export function checkContainment(root: string, places: Places): void {
  const blocked = blockedDirectory(root, "TARGET_CONFLICT");
  if (blocked !== null) throw blocked;
  checkRealDirectory(root, realPath(nearestExisting(root)), places);
}

/**
 * The same check for a directory whose real path is known.
 * @throws EdenError `TARGET_PATH_INVALID`.
 */
export function checkRealDirectory(root: string, real: string, { project, storageRoot, home }: Places): void {
  if (project !== null && !isInside(real, realPath(project))) refuse(`${root} leads out of the project, to ${real}`);
  if (statIfExists(storageRoot) !== null && isInside(real, realPath(storageRoot))) {
    refuse(`${root} leads into the storage of eden-skills`);
  }
  const keys = join(realPath(nearestExisting(home)), ".ssh");
  if (isInside(real, keys) || real.split(sep).includes(".git")) refuse(`${root} leads to ${real}`);
}

/** @param inProject whether the target has to stay in the project. */
export function placesFor(
  { directory, storageRoot }: Pick<Manifest, "directory" | "storageRoot">,
  home: string,
  inProject: boolean,
): Places {
  return { project: inProject ? directory : null, storageRoot, home };
}

function isInside(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith(sep) ? directory : directory + sep);
}

function refuse(message: string): never {
  throw new EdenError("TARGET_PATH_INVALID", sanitize(message), {
    stage: "install",
    hint: "Remove the link, or set the target's path yourself.",
  });
}
