import { EdenError } from "../errors.js";
import type { ObjectSource } from "./object-reader.js";

/** One entry of a tree, of any depth. The path is bytes: git does not define its encoding. */
export interface RawEntry {
  /** Six digits. */
  mode: string;
  oid: string;
  /** Relative to the listed directory. */
  path: Buffer;
}

/** Everything below one directory of a commit, directories included, level by level. */
export type Listing = { tree: string; entries: RawEntry[] } | { problem: "absent" | "no directory" | "too many" };

/** A directory to list; "." is the whole commit. */
export interface WantedTree {
  commit: string;
  subpath: string;
}

/**
 * Trees asked for at once: few enough that skipping the rest after a limit was reached costs
 * little.
 */
const AT_ONCE = 64;

/** Maximum bytes of an entry: no file system supports a longer name. */
const MOST_ENTRY_BYTES = 300;

/**
 * Maximum bytes of a path; nothing below a longer one is read: it is too long for every system, and
 * thousands of them would fill the memory.
 */
const LONGEST_PATH = 8 * 1024;

const DIRECTORY = "040000";

/**
 * Lists directories of commits, each up to `limit` entries: beyond it nothing more of that
 * directory is read, which limits the cost of a tree bomb.
 * @returns a listing for each wanted directory, in their order.
 * @throws EdenError `FETCH_CORRUPT` if a commit, or a tree below a directory, is missing.
 */
export async function listTrees(
  reader: ObjectSource,
  wanted: readonly WantedTree[],
  limit: number,
): Promise<Listing[]> {
  const listings = wanted.map((): Listing => ({ problem: "absent" }));
  const mostBytes = (limit + 1) * MOST_ENTRY_BYTES;
  let level: PendingTree[] = wanted
    .map(({ commit, subpath }, listing) => ({
      name: subpath === "." ? `${commit}^{tree}` : `${commit}:${subpath}`,
      prefix: null,
      listing,
    }))
    .filter(({ name }) => !name.includes("\n"));
  while (level.length > 0) {
    const next: PendingTree[] = [];
    for (let start = 0; start < level.length; start += AT_ONCE) {
      const some = level.slice(start, start + AT_ONCE).filter(({ listing }) => !isOver(listings[listing]));
      await reader.read(
        some.map(({ name }) => name),
        {
          missing: (name, index) => {
            if (some[index]?.prefix) throw lost(name);
          },
          accepts: (object) => {
            const tree = some[object.index];
            if (tree === undefined || isOver(listings[tree.listing])) return false;
            if (object.type === "tree" && object.size <= mostBytes) return true;
            listings[tree.listing] = { problem: object.type === "tree" ? "too many" : "no directory" };
            return false;
          },
          take: (object, content) => {
            const tree = some[object.index];
            if (tree === undefined) return;
            if (tree.prefix === null) listings[tree.listing] = { tree: object.oid, entries: [] };
            const listing = listings[tree.listing];
            if (listing === undefined || "problem" in listing) return;
            next.push(...addEntries(listing, tree, content, limit));
            if (listing.entries.length > limit) listings[tree.listing] = { problem: "too many" };
          },
        },
      );
    }
    level = next;
  }
  const absent = wanted.filter((_, index) => isAbsent(listings[index]));
  await requireCommits(reader, [...new Set(absent.map(({ commit }) => commit))]);
  return listings;
}

/**
 * The entries of one directory of a commit, without what is below them; null if there is none, or
 * if it is larger than `mostBytes`.
 */
export async function listDirectory(
  reader: ObjectSource,
  { commit, subpath }: WantedTree,
  mostBytes: number,
): Promise<RawEntry[] | null> {
  let entries: RawEntry[] | null = null;
  await reader.read([subpath === "." ? `${commit}^{tree}` : `${commit}:${subpath}`], {
    missing: () => {},
    accepts: ({ type, size }) => type === "tree" && size <= mostBytes,
    take: ({ oid }, content) => void (entries = [...parseTree(content, oid.length / 2)]),
  });
  return entries;
}

/** A tree to read: its listing, and its path in it; null for the root. */
interface PendingTree {
  name: string;
  prefix: Buffer | null;
  listing: number;
}

/**
 * Adds the entries of one tree until there are more than `limit`.
 * @returns the directories among them.
 */
function addEntries(
  { tree, entries }: { tree: string; entries: RawEntry[] },
  { prefix, listing }: PendingTree,
  content: Buffer,
  limit: number,
): PendingTree[] {
  const directories: PendingTree[] = [];
  for (const entry of parseTree(content, tree.length / 2)) {
    const path = prefix === null ? entry.path : Buffer.concat([prefix, SLASH, entry.path]);
    entries.push({ ...entry, path });
    if (entry.mode === DIRECTORY && path.length <= LONGEST_PATH)
      directories.push({ name: entry.oid, prefix: path, listing });
    if (entries.length > limit) break;
  }
  return directories;
}

const SLASH = Buffer.from("/");

/**
 * Parses repeated `<mode> <name>\0<id>`; modes have no leading zero.
 * @throws EdenError `FETCH_CORRUPT`.
 */
export function* parseTree(content: Buffer, idBytes: number): Generator<RawEntry> {
  for (let start = 0; start < content.length;) {
    const space = content.indexOf(32, start);
    const end = content.indexOf(0, space);
    const next = end + 1 + idBytes;
    if (space === -1 || end === -1 || next > content.length)
      throw new EdenError("FETCH_CORRUPT", "a tree ends early", { stage: "materialise" });
    yield {
      mode: content.subarray(start, space).toString("latin1").padStart(6, "0"),
      path: Buffer.from(content.subarray(space + 1, end)),
      oid: content.subarray(end + 1, next).toString("hex"),
    };
    start = next;
  }
}

/**
 * A missing directory is a typing error of the user; a missing commit is damage of the mirror, and
 * must be distinguished from it.
 */
async function requireCommits(reader: ObjectSource, commits: readonly string[]): Promise<void> {
  await reader.read(
    commits.map((commit) => `${commit}^{tree}`),
    {
      missing: (name) => {
        throw lost(name);
      },
      accepts: () => false,
      take: () => {},
    },
  );
}

function isOver(listing: Listing | undefined): boolean {
  return listing !== undefined && "problem" in listing && !isAbsent(listing);
}

function isAbsent(listing: Listing | undefined): boolean {
  return listing !== undefined && "problem" in listing && listing.problem === "absent";
}

function lost(name: string): EdenError {
  return new EdenError("FETCH_CORRUPT", `object ${name} did not arrive`, { stage: "materialise" });
}
