import { join, sep } from "node:path";
import { EdenError, sanitize } from "../errors.js";
import { blockedDirectory } from "../system/blocked-path.js";
import type { ImageRoot } from "../system/image-root.js";
import { realPlace, statIfExists } from "../system/read-files.js";

/** The places that target directories are checked against. */
export interface Places {
  /** The directory of the project. */
  project: string;
  storageRoot: string;
  home: string;
  /** The root of an image that they are in. */
  root?: ImageRoot | undefined;
}

/**
 * Refuses target directories whose links lead to a forbidden place. A repository can contain
 * `.claude/skills` as a link, which would lead our writes out of the project. Nothing is installed
 * into the store, the home directory itself, its keys, or a repository's `.git`.
 *
 * The real paths of the places are read once: a run checks a thousand targets against them.
 */
export class Containment {
  #real: { project: string; storageRoot: string; keys: string } | undefined;

  constructor(private readonly places: Places) {}

  /**
   * Checks a directory, or what exists of it. A path where a file is in place of the directory is
   * refused as well.
   * @param inProject whether it must stay in the project.
   * @throws EdenError `TARGET_PATH_INVALID`; `TARGET_CONFLICT` for a file in its place.
   */
  check(root: string, inProject: boolean): void {
    const blocked = blockedDirectory(root, "TARGET_CONFLICT");
    if (blocked !== null) throw blocked;
    this.checkReal(root, realPlace(root), inProject);
  }

  /**
   * The same check for a directory whose real path is known.
   * @throws EdenError `TARGET_PATH_INVALID`.
   */
  checkReal(root: string, real: string, inProject: boolean): void {
    const { project, storageRoot, keys } = (this.#real ??= this.#resolve());
    this.places.root?.requireInside(root, real);
    // The project's directory may not exist yet in the root of an image.
    const isAbove = () => isInside(project, real) && statIfExists(project) === null;
    if (inProject && !isInside(real, project) && !isAbove()) refuse(`${root} leads out of the project, to ${real}`);
    if (isInside(real, storageRoot)) refuse(`${root} leads into the storage of eden-skills`);
    if (isInside(real, keys) || real.split(sep).includes(".git")) refuse(`${root} leads to ${real}`);
  }

  #resolve() {
    const { project, storageRoot, home } = this.places;
    return {
      project: realPlace(project),
      storageRoot: realPlace(storageRoot),
      keys: join(realPlace(home), ".ssh"),
    };
  }
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
