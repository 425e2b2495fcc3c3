import { posix } from "node:path";

/** What discovery looks at: paths of files from the root of a source, with `/`; and the directories that agents read in a project. */
export interface SourceFiles {
  paths: readonly string[];
  /** The directory that was asked for; "." for the root. */
  start: string;
  agentDirectories: readonly string[];
  /** Texts of the files of `DECLARATIONS` that are there, by path from `start`. */
  declarations: ReadonlyMap<string, string>;
}

/** Files in which a source says itself where its skills are; from `start`. */
export const DECLARATIONS = [".claude-plugin/marketplace.json", ".claude-plugin/plugin.json"];

const FILE = "SKILL.md";

/** Directories below a known place, or below the root when no place has any, in which a skill may lie. */
const DEEPEST = 5;

/** What holds other people's files, or made ones. */
const PASSED_OVER = new Set(["node_modules", ".git", "dist", "build", "__pycache__", "vendor"]);

/**
 * The directories of skills in a source, each once: the root itself; below `skills/` (also in its folders that begin with a dot); below the
 * directories that agents read; where the files of a plugin say; and, when there is none in all of these, anywhere a few levels deep.
 * Within each place by the bytes of their paths. What lies inside another skill is a part of that one.
 */
export function findSkillDirectories({ paths, start, agentDirectories, declarations }: SourceFiles): string[] {
  const prefix = start === "." ? "" : `${start}/`;
  const all = paths
    .filter((path) => path.startsWith(prefix) && posix.basename(path) === FILE)
    .map((path) => posix.dirname(path.slice(prefix.length)))
    .toSorted(compareBytes);
  const places = ["skills", ...agentDirectories, ...declaredPlaces(declarations)];
  const known = inPlaces(all, places);
  const root = all.includes(".") ? ["."] : [];
  const found = new Set(root.length + known.length > 0 ? [...root, ...known] : inPlaces(all, ["."]));
  return [...found].filter((one) => !liesInside(one, found)).map((directory) => posix.join(start, directory));
}

/** Those at or below a place, in the order of the places. A hostile source may have many of both: each directory is looked at once. */
function inPlaces(directories: readonly string[], places: readonly string[]): string[] {
  const ranks = new Map<string, number>();
  for (const place of places) if (!ranks.has(place)) ranks.set(place, ranks.size);
  return directories
    .filter((directory) => directory !== ".")
    .map((directory) => ({ directory, rank: rankOf(directory, ranks) }))
    .filter(({ rank }) => rank !== Infinity)
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ directory }) => directory);
}

/** The rank of the first place that a directory is, or lies not too deep below; infinite when there is none. */
function rankOf(directory: string, ranks: ReadonlyMap<string, number>): number {
  let best = ranks.get(directory) ?? Infinity;
  const parts = directory.split("/");
  for (let depth = 1; depth <= Math.min(DEEPEST, parts.length); depth += 1) {
    if (PASSED_OVER.has(parts.at(-depth) ?? "")) break;
    best = Math.min(best, ranks.get(parts.slice(0, -depth).join("/") || ".") ?? Infinity);
  }
  return best;
}

/** True for what is a part of another skill; the one at the root has no parts. */
function liesInside(directory: string, others: ReadonlySet<string>): boolean {
  for (let at = directory.lastIndexOf("/"); at > 0; at = directory.lastIndexOf("/", at - 1))
    if (others.has(directory.slice(0, at))) return true;
  return false;
}

/** Where marketplace.json and plugin.json say that skills lie. What they say of other repositories, or outside of this one, is passed over. */
function declaredPlaces(declarations: ReadonlyMap<string, string>): string[] {
  const [marketplace = {}, plugin = {}] = DECLARATIONS.map((path) => parse(declarations.get(path)));
  const root = text(record(marketplace["metadata"])["pluginRoot"]) ?? ".";
  const plugins = Array.isArray(marketplace["plugins"]) ? marketplace["plugins"].slice(0, 1000).map(record) : [];
  const places = plugins.flatMap((one) => {
    const source = text(one["source"]);
    if (source === null) return [];
    // A bare name stands for a directory below the plugins' root.
    const home = source.startsWith("./") || source === "." ? source : posix.join(root, source);
    return [posix.join(home, "skills"), ...texts(one["skills"]).map((path) => posix.join(home, path))];
  });
  places.push(...texts(plugin["skills"]));
  return [...new Set(places.map((place) => posix.normalize(place).replace(/^\.\/|\/$/gu, "")))].filter(
    (place) => place !== "." && !place.startsWith("/") && !place.split("/").includes(".."),
  );
}

function parse(content: string | undefined): Record<string, unknown> {
  if (content === undefined) return {};
  try {
    return record(JSON.parse(content.replace(/^\ufeff/u, "")));
  } catch {
    // A file that cannot be read declares nothing; the usual places are looked at all the same.
    return {};
  }
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string | null {
  return typeof value === "string" && value.length <= 1024 ? value : null;
}

function texts(value: unknown): string[] {
  return (Array.isArray(value) ? value.slice(0, 1000) : [value]).flatMap((one) => text(one) ?? []);
}

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
