import { join } from "node:path";
import { EdenError } from "../errors.js";
import { AnnouncedSize } from "./announced-size.js";
import { fetchPart } from "./fetch-part.js";
import { askLocal } from "./ask-local.js";
import { hasObject } from "./mirror-objects.js";
import { discardMirror, keepingRef, openMirror, type Mirror } from "./mirror.js";
import type { ObjectSource } from "./object-reader.js";
import type { Remote } from "./remote.js";
import { readTextIfExists } from "../system/read-files.js";
import { formatOf } from "../manifest/names/object-id.js";

/**
 * Whether a commit has another one among its ancestors, and how many commits are new in it;
 * `unknown` when that could not be determined.
 */
export type Ancestry = { kind: "descends"; commits: number | null } | { kind: "elsewhere" | "unknown" };

/** Two commits: the newer one, and the one that may be its ancestor. */
export interface CommitPair {
  commit: string;
  before: string;
}

/**
 * Tolerance for the clocks of authors, in seconds: commits that are older than the pinned one by at
 * most this are fetched, too.
 */
const SLACK = 7 * 24 * 3600;

/**
 * Whether `commit`, which is in the mirror, descends from `before`. Mirrors are shallow: only its
 * parents are known. If they are not sufficient, the history since then is fetched, commits alone,
 * into a temporary repository. Never throws for a failure of the remote.
 * @throws the signal's reason when aborted.
 */
export async function ancestryOf(
  remote: Remote,
  reader: ObjectSource,
  { commit, before, offline }: CommitPair & { offline: boolean },
): Promise<Ancestry> {
  const [now, old] = await readCommits(reader, [commit, before]);
  // A merge has other commits, too.
  if (now?.parents.includes(before) === true) return { kind: "descends", commits: now.parents.length === 1 ? 1 : null };
  if (offline) return { kind: "unknown" };
  const scratch = { directory: remote.git.scratchFile(), lockPath: "", refsPath: "" };
  try {
    return await lookFurther(remote, scratch, { commit, before, since: old?.seconds ?? null });
  } catch (error) {
    remote.signal.throwIfAborted();
    if (!(error instanceof EdenError)) throw error;
    return { kind: "unknown" };
  } finally {
    discardMirror(scratch);
  }
}

async function lookFurther(
  remote: Remote,
  scratch: Mirror,
  { commit, before, since }: CommitPair & { since: number | null },
): Promise<Ancestry> {
  const { git, signal } = remote;
  openMirror(scratch, formatOf(commit));
  // Its age is unknown; if the remote no longer has it, no branch contains it.
  if (since === null && !(await fetchHistory(remote, scratch, before, "--depth=1"))) return ELSEWHERE;
  const depth = since === null ? "--depth=2147483647" : `--shallow-since=${Math.max(1, since - SLACK)}`;
  // Refused: no commit of that branch is as young as the pinned one.
  if (!(await fetchHistory(remote, scratch, commit, depth))) return ELSEWHERE;
  if (!(await hasObject(git, scratch.directory, before, signal))) return ELSEWHERE;
  const args = [`--git-dir=${scratch.directory}`, "rev-list", "--parents", "--end-of-options", `${before}..${commit}`];
  const added = (await askLocal(git, { args, signal })).split("\n").filter((line) => line !== "");
  if (!added.some((line) => line.includes(` ${before}`))) return ELSEWHERE;
  // Behind a commit whose parents were not sent there may be more.
  const cut = new Set(readTextIfExists(join(scratch.directory, "shallow"))?.split("\n"));
  const isWhole = !added.some((line) => cut.has(line.split(" ", 1)[0] ?? ""));
  return { kind: "descends", commits: isWhole ? added.length : null };
}

const ELSEWHERE = { kind: "elsewhere" } as const;

/**
 * Fetches a commit with ancestors, without files.
 * @returns false when the remote does not send it like that.
 */
async function fetchHistory(remote: Remote, scratch: Mirror, commit: string, depth: string): Promise<boolean> {
  const size = new AnnouncedSize();
  try {
    const refspecs = [`+${commit}:${keepingRef(commit)}`];
    const onStderr = (text: string) => size.read(text);
    await fetchPart(remote, scratch, { depth, filter: "--filter=tree:0", refspecs, onStderr });
    return true;
  } catch (error) {
    if (error === size.tooLarge)
      throw new EdenError("FETCH_TIMEOUT", "the history is too long to look at", { stage: "fetch" }, error);
    if (error instanceof EdenError && (error.code === "REF_NOT_FOUND" || /shallow/u.test(error.message))) return false;
    throw error;
  }
}

/** The parents of commits and the dates of their committers; null for a missing one. */
export async function readCommits(
  reader: ObjectSource,
  commits: readonly string[],
): Promise<({ parents: string[]; seconds: number | null } | null)[]> {
  const found = commits.map((): { parents: string[]; seconds: number | null } | null => null);
  await reader.read(commits, {
    accepts: ({ type, size }) => type === "commit" && size <= MOST_BYTES,
    take: ({ index }, content) => {
      const [head = ""] = content.toString("latin1").split("\n\n", 1);
      const parents = [...head.matchAll(/^parent ([0-9a-f]+)$/gmu)].map(([, parent = ""]) => parent);
      const seconds = /^committer .*> (\d{1,12}) [+-]\d+$/mu.exec(head)?.[1];
      found[index] = { parents, seconds: seconds === undefined ? null : Number(seconds) };
    },
    missing: () => {},
  });
  return found;
}

/** A commit has some hundred bytes; much larger objects are skipped. */
const MOST_BYTES = 1024 * 1024;
