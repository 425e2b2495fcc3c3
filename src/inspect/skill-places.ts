import { basename, join } from "node:path";
import { EdenError } from "../errors.js";
import { agents } from "../manifest/targets/agents.js";
import { listEntries, realPath, statIfExists } from "../system/read-files.js";

/** What lies below a root. */
export interface SkillPlaces {
  /** Directories that agents read, by real path. */
  directories: Map<string, Set<string>>;
  manifests: FoundManifest[];
  /** Home directories: those with `.eden-skills`. */
  homes: string[];
  failures: EdenError[];
}

/** A manifest, and the home directory that it was found below; null: outside of one. */
export interface FoundManifest {
  path: string;
  home: string | null;
}

/** Directories without skills of agents: they are not entered. */
const SKIPPED = new Set([".git", "node_modules", ".eden-skills"]);

const NAMES = {
  project: directoryNames(({ projectDir, alsoReads }) => [projectDir, ...(alsoReads?.project ?? [])]),
  global: directoryNames(({ globalDir, alsoReads }) => [globalDir, ...(alsoReads?.global ?? [])]),
};

/**
 * Searches a root for manifests and for the skills directories of agents, without following a link
 * out of it. A name such as `skills` alone is not a skills directory: too many are no agent's.
 * @param depth levels of directories that are entered.
 * @returns unreadable directories as failures.
 */
export function findSkillPlaces(root: string, depth: number): SkillPlaces {
  const places: SkillPlaces = { directories: new Map(), manifests: [], homes: [], failures: [] };
  const real = realPath(root);
  const add = (directory: string, relative: string, isHome: boolean): boolean => {
    const found = (isHome ? NAMES.global : NAMES.project).get(relative) ?? NAMES.global.get(directory);
    if (found === undefined) return false;
    const place = realPath(directory);
    if (place !== real && !place.startsWith(`${real}/`)) return true;
    places.directories.set(place, new Set([...(places.directories.get(place) ?? []), ...found]));
    return true;
  };
  const visit = (directory: string, above: readonly Base[], levels: number): void => {
    const entries = readable(() => listEntries(directory), places.failures) ?? [];
    const isHome = entries.some(({ name, kind }) => name === ".eden-skills" && kind === "directory");
    const home = isHome ? directory : (above.at(-1)?.home ?? null);
    const bases = [...above, { directory, isHome, home }];
    if (isHome) places.homes.push(directory);
    if (isHome) addManifest(join(directory, ".eden-skills/skills.toml"), home);
    addManifest(join(directory, "skills.toml"), home);
    for (const { name, kind } of entries) {
      const path = join(directory, name);
      if (
        SKIPPED.has(name) ||
        (kind !== "directory" && !(kind === "link" && statIfExists(path)?.isDirectory() === true))
      )
        continue;
      const isPlace = bases.some((base) => add(path, path.slice(base.directory.length + 1), base.isHome));
      if (!isPlace && kind === "directory" && levels > 0) visit(path, bases, levels - 1);
    }
  };
  const addManifest = (path: string, home: string | null) => {
    if (readable(() => statIfExists(path)?.isFile(), places.failures) === true) places.manifests.push({ path, home });
  };
  visit(real, [], depth);
  return places;
}

interface Base {
  directory: string;
  isHome: boolean;
  home: string | null;
}

function readable<T>(read: () => T, failures: EdenError[]): T | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof EdenError)) throw error;
    failures.push(error);
    return null;
  }
}

/** The agents of each directory name, without `./` and `~/`; an absolute one is as it is. */
function directoryNames(
  of: (agent: (typeof agents)[number]) => readonly (string | null)[],
): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  for (const agent of agents) {
    for (const written of of(agent)) {
      const name = written?.replace(/^(?:~|\.)\//u, "") ?? "";
      if (basename(name) === name) continue;
      names.set(name, [...(names.get(name) ?? []), agent.id]);
    }
  }
  return names;
}
