import type { Git } from "./git.js";
import { EdenError } from "../errors.js";
import type { RepositorySource } from "../manifest/document/manifest.js";
import { AnnouncedSize } from "./announced-size.js";
import { fetchPart, type FetchOptions } from "./fetch-part.js";
import { hasObject } from "./local-repository.js";
import { forgetPromises, keepingRef, openMirror, type Mirror } from "./mirror.js";
import type { ObjectReader } from "./object-reader.js";
import { runGit } from "./run-git.js";
import { formatOf } from "../manifest/names/object-id.js";

/** Whether a commit has another one among its ancestors; `unknown` when that could not be learnt. */
export type Ancestry = "descends" | "elsewhere" | "unknown";

/** Seconds that clocks of authors may be apart: commits that much older than the pinned one are looked at, too. */
const SLACK = 7 * 24 * 3600;

/**
 * Whether `commit`, which is in the mirror, descends from `before`. Mirrors are shallow: its own parents are known, for the rest the
 * history since then is fetched, commits alone, into a repository that is thrown away. Never throws for what the remote does.
 * @param scratch a path that does not exist yet; the caller removes it.
 * @throws the signal's reason when aborted.
 */
export async function ancestryOf(
  git: Git,
  reader: ObjectReader,
  scratch: string,
  source: RepositorySource,
  { commit, before, offline }: { commit: string; before: string; offline: boolean },
  options: FetchOptions,
): Promise<Ancestry> {
  const [now, old] = await readCommits(reader, [commit, before]);
  if (now?.parents.includes(before) === true) return "descends";
  if (offline) return "unknown";
  try {
    return await lookFurther(git, scratch, source, { commit, before, since: old?.seconds ?? null }, options);
  } catch (error) {
    options.signal.throwIfAborted();
    if (!(error instanceof EdenError)) throw error;
    return "unknown";
  }
}

async function lookFurther(
  git: Git,
  scratch: string,
  source: RepositorySource,
  { commit, before, since }: { commit: string; before: string; since: number | null },
  options: FetchOptions,
): Promise<Ancestry> {
  const mirror = { directory: scratch, lockPath: "", refsPath: "" };
  openMirror(mirror, formatOf(commit));
  if (since === null) {
    // Nobody here knows how old it is; its remote may no longer have it, and then no branch leads to it.
    const found = await fetchHistory(git, mirror, source, before, "--depth=1", options);
    if (!found) return "elsewhere";
  }
  const depth = since === null ? "--depth=2147483647" : `--shallow-since=${Math.max(1, since - SLACK)}`;
  // Refused: no commit of that branch is as young as the pinned one.
  if (!(await fetchHistory(git, mirror, source, commit, depth, options))) return "elsewhere";
  forgetPromises(mirror);
  if (!(await hasObject(git, scratch, before, options.signal))) return "elsewhere";
  const { stdout } = await runGit(git, {
    directory: scratch,
    args: ["rev-list", "--max-count=1", "--ancestry-path", "--end-of-options", `${before}..${commit}`],
    signal: options.signal,
  });
  return stdout.length > 0 ? "descends" : "elsewhere";
}

/** Fetches a commit with ancestors, but no files, into the scratch repository. @returns false when the remote does not give it out like that. */
async function fetchHistory(
  git: Git,
  mirror: Mirror,
  source: RepositorySource,
  commit: string,
  depth: string,
  options: FetchOptions,
): Promise<boolean> {
  const size = new AnnouncedSize();
  try {
    const refspecs = [`+${commit}:${keepingRef(commit)}`];
    const onStderr = (text: string) => size.read(text);
    await fetchPart(git, mirror, { source, depth, filter: "--filter=tree:0", refspecs, onStderr }, options);
    return true;
  } catch (error) {
    if (error === size.tooLarge)
      throw new EdenError("FETCH_TIMEOUT", "the history is too long to look at", { stage: "fetch" }, error);
    if (error instanceof EdenError && (error.code === "REF_NOT_FOUND" || /shallow/u.test(error.message))) return false;
    throw error;
  }
}

/** What the heads of commits say; null for one that is not there. */
async function readCommits(
  reader: ObjectReader,
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

/** A commit is some hundred bytes; what is much larger is no matter of ours. */
const MOST_BYTES = 1024 * 1024;
