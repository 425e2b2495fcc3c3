import { EdenError } from "../errors.js";
import { formatOf } from "../manifest/names/object-id.js";
import { AnnouncedSize } from "./announced-size.js";
import { askLocal } from "./ask-local.js";
import { fetchPart, NO_CONTENTS } from "./fetch-part.js";
import { discardMirror, keepingRef, openMirror, type Mirror } from "./mirror.js";
import { ObjectReader, type ObjectSource } from "./object-reader.js";
import type { Remote } from "./remote.js";

/** A commit that is known by what it has at a path, or by the first digits of its id. */
export interface SoughtCommit {
  /** "." for the whole commit. */
  subpath: string;
  /** The id of the directory there; null if it is not known: then `commit` is. */
  tree: string | null;
  /** The first digits of the commit; null if they are not known. */
  commit: string | null;
}

/** How many commits before the tip are searched: few at first, because trees are large. */
const DEPTHS = [100, 2000];

/** Of the trees of these commits. */
const MOST = { objects: 200_000, bytes: 64 * 1024 * 1024 };

/**
 * Searches a commit and the newest 2,000 before it. Their trees are fetched into a temporary
 * repository, no files. By tree, the result is the newest commit that put this directory there.
 * @param tip in the mirror. @param isShort only the tip is looked at.
 * @returns an id for each sought commit, null if there is none.
 * @throws EdenError if the remote cannot be reached; `FETCH_TIMEOUT` if its history is too large.
 */
export async function findCommits(
  remote: Remote,
  mirror: ObjectSource,
  { tip, isShort }: { tip: string; isShort: boolean },
  sought: readonly SoughtCommit[],
): Promise<(string | null)[]> {
  const found: (string | null)[] = [];
  for (const one of sought) found.push(await choose(mirror, [tip], one));
  if (isShort || !found.includes(null)) return found;
  const scratch = { directory: remote.git.scratchFile(), lockPath: "", refsPath: "" };
  openMirror(scratch, formatOf(tip));
  const reader = new ObjectReader(remote.git, scratch.directory, remote.signal);
  try {
    for (const depth of DEPTHS) {
      await fetchHistory(remote, scratch, tip, depth);
      for (const [index, one] of sought.entries())
        found[index] ??= await choose(reader, await commitsAt(remote, scratch, tip, one), one);
      if (!found.includes(null)) break;
    }
    return found;
  } finally {
    await reader.close();
    discardMirror(scratch);
  }
}

async function fetchHistory(remote: Remote, scratch: Mirror, tip: string, depth: number): Promise<void> {
  const size = new AnnouncedSize(MOST);
  try {
    await fetchPart(remote, scratch, {
      depth: `--depth=${depth}`,
      filter: NO_CONTENTS,
      refspecs: [`+${tip}:${keepingRef(tip)}`],
      onStderr: (text) => size.read(text),
    });
  } catch (error) {
    if (error !== size.tooLarge) throw error;
    throw new EdenError("FETCH_TIMEOUT", "the history is too large to be searched", { stage: "fetch" }, error);
  }
}

/** The commits in which the sought one may be, newest first. */
async function commitsAt(
  { git, signal }: Remote,
  { directory }: Mirror,
  tip: string,
  { subpath, tree }: SoughtCommit,
): Promise<string[]> {
  const where = tree === null || subpath === "." ? [] : ["--full-history", "--", subpath];
  const args = [
    `--git-dir=${directory}`,
    "--literal-pathspecs",
    "rev-list",
    `--max-count=${DEPTHS.at(-1)}`,
    tip,
    ...where,
  ];
  return (await askLocal(git, { args, signal })).split("\n").filter((line) => line !== "");
}

/** The sought one of some commits; by tree, that with its digits, else the first. */
async function choose(
  objects: ObjectSource,
  commits: readonly string[],
  { subpath, tree, commit: begin }: SoughtCommit,
): Promise<string | null> {
  const isNamed = (commit: string) => begin !== null && commit.startsWith(begin);
  if (tree === null) return commits.find(isNamed) ?? null;
  const have: string[] = [];
  const names = commits.map((commit) => (subpath === "." ? `${commit}^{tree}` : `${commit}:${subpath}`));
  await objects.read(names, {
    accepts: ({ index, oid }) => {
      if (oid === tree) have.push(commits[index] ?? "");
      return false;
    },
    take: () => {},
    missing: () => {},
  });
  return have.find(isNamed) ?? have[0] ?? null;
}
