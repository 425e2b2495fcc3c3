import { posix } from "node:path";
import { isSkillFile, SKILL_FILE } from "./skill-file.js";

/**
 * A directory with a skill file; both paths are relative to the root of the source, "." for the
 * root itself.
 */
export interface SkillPlace {
  directory: string;
  file: string;
}

/** Input of discovery: paths of files relative to the root of a source, with `/`. */
export interface SourceFiles {
  paths: readonly string[];
  /** The requested directory; "." for the root. */
  start: string;
  /** Directories below `start` in which skills are expected, in this order before all others. */
  places: readonly string[];
}

/**
 * Every directory below `start` with a SKILL.md, at any depth, each once: first the requested
 * directory, then the expected directories in order, then the others; each group by the bytes of
 * its paths.
 */
export function findSkillPlaces({ paths, start, places }: SourceFiles): SkillPlace[] {
  const prefix = start === "." ? "" : `${start}/`;
  const files = new Map<string, string>();
  for (const path of paths) {
    if (!path.startsWith(prefix) || !isSkillFile(path)) continue;
    const directory = posix.dirname(path);
    // The directory has the name in two letter cases: agents read this one.
    if (!files.has(directory) || posix.basename(path) === SKILL_FILE) files.set(directory, path);
  }
  const ranks = new Map<string, number>();
  for (const place of places) if (!ranks.has(place)) ranks.set(place, ranks.size);
  return [...files]
    .map(([directory, file]) => ({ directory, file, rank: rankOf(posix.relative(start, directory), ranks) }))
    .toSorted((a, b) => a.rank - b.rank || compareBytes(a.directory, b.directory))
    .map(({ directory, file }) => ({ directory, file }));
}

/** True for a path inside one of these directories, at any depth. */
export function liesInside(path: string, directories: { has(directory: string): boolean }): boolean {
  for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1))
    if (directories.has(path.slice(0, at))) return true;
  return false;
}

/**
 * -1 for the requested directory itself, else the index of the first expected directory that equals
 * or contains it; infinite if there is none.
 */
function rankOf(directory: string, ranks: ReadonlyMap<string, number>): number {
  if (directory === "") return -1;
  let best = ranks.get(directory) ?? Number.MAX_SAFE_INTEGER;
  for (let at = directory.lastIndexOf("/"); at > 0; at = directory.lastIndexOf("/", at - 1))
    best = Math.min(best, ranks.get(directory.slice(0, at)) ?? Number.MAX_SAFE_INTEGER);
  return best;
}

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
