import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { EdenError } from "../errors.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { lstatIfExists, physicalPath, realPlace } from "../system/read-files.js";

/** A project: the git work tree around a manifest, else the manifest's directory. */
export interface Project {
  /** Absolute, in the spelling of the manifest's path. */
  directory: string;
  /** The same without links in it. */
  physical: string;
}

/**
 * The project that a manifest belongs to; null for one in the home directory without project scope.
 * Uses only the file system.
 * @throws EdenError if the directory cannot be read.
 */
export function projectAround(
  { directory, scope }: Pick<Manifest, "directory" | "scope">,
  home: string,
): Project | null {
  if (directory === home && scope !== "project") return null;
  let top: string | null = directory;
  while (top !== null && lstatIfExists(join(top, ".git")) === null) {
    const parent: string = dirname(top);
    // A home directory under version control is not one project.
    top = parent === top || parent === home ? null : parent;
  }
  const chosen = top ?? directory;
  // The directory of a new manifest may not exist yet.
  return { directory: chosen, physical: realPlace(chosen) };
}

/** True for a path below a directory. */
export function isBelow(path: string, directory: string): boolean {
  return path.startsWith(directory.endsWith("/") ? directory : `${directory}/`);
}

/**
 * Texts of links: relative within a project, so that they work wherever the project is; absolute
 * otherwise.
 */
export class ProjectLinks {
  readonly #parents = new Map<string, string>();
  readonly #project: Project | null;

  constructor(manifest: Pick<Manifest, "directory" | "scope">, home: string) {
    this.#project = projectAround(manifest, home);
  }

  /** The text for a link at `path` that leads to `destination`, both absolute. */
  textFor(path: string, destination: string): string {
    const project = this.#project;
    if (project === null || !isBelow(path, project.directory) || !isBelow(destination, project.directory))
      return destination;
    const parent = this.#parentOf(path);
    if (parent === null || !isBelow(`${parent}/`, project.physical)) return destination;
    return relative(parent, join(project.physical, relative(project.directory, destination)));
  }

  /**
   * The destination of a link at `path` with that text, in the spelling of the manifest's path; not
   * followed further.
   */
  destinationOf(path: string, text: string): string {
    if (isAbsolute(text)) return text;
    const place = resolve(this.#parentOf(path) ?? dirname(path), text);
    const project = this.#project;
    if (project === null || !isBelow(place, project.physical)) return place;
    return join(project.directory, relative(project.physical, place));
  }

  /** The directory of a target without links in it; null if unknown. */
  #parentOf(path: string): string | null {
    const directory = dirname(path);
    const known = this.#parents.get(directory);
    if (known !== undefined) return known;
    try {
      const parent = dirname(physicalPath(path));
      this.#parents.set(directory, parent);
      return parent;
    } catch (error) {
      if (error instanceof EdenError) return null;
      throw error;
    }
  }
}
