import { join, sep } from "node:path";
import { EdenError, sanitize } from "../errors.js";
import { blockedDirectory } from "../system/blocked-path.js";
import { nearestExisting, realPath, statIfExists } from "../system/read-files.js";

/** Places that a target directory is judged against. */
export interface Places {
  /** The project's directory for a target that must stay in it; null for one that may lie anywhere. */
  project: string | null;
  storageRoot: string;
  home: string;
}

/**
 * Refuses a target directory that lies somewhere else than its path says: a project's `.claude/skills` may be a link that a repository
 * brought along, and would lead our writes out of the project; and wherever links lead, nothing is installed into the store, the home
 * directory itself, its keys, or a repository's `.git`. So is one that cannot be a directory, since a file is in its place.
 * @throws EdenError `TARGET_PATH_INVALID`; `TARGET_CONFLICT` for what is in its place.
 */
export function checkContainment(root: string, { project, storageRoot, home }: Places): void {
  const blocked = blockedDirectory(root, "TARGET_CONFLICT");
  if (blocked !== null) throw blocked;
  const real = realPath(nearestExisting(root));
  if (project !== null && !isInside(real, realPath(project))) refuse(`${root} leads out of the project, to ${real}`);
  if (statIfExists(storageRoot) !== null && isInside(real, realPath(storageRoot))) {
    refuse(`${root} leads into the storage of eden-skills`);
  }
  const keys = join(realPath(nearestExisting(home)), ".ssh");
  if (isInside(real, keys) || real.split(sep).includes(".git")) refuse(`${root} leads to ${real}`);
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
