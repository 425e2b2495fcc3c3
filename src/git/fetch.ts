import type { Git } from "./git.js";
import { EdenError } from "../errors.js";
import { AnnouncedSize } from "./announced-size.js";
import { FETCH, fetchPart, type FetchOptions } from "./fetch-part.js";
import type { RepositorySource } from "../manifest/document/manifest.js";
import {
  adoptIncoming,
  discardMirror,
  forgetPromises,
  isLarge,
  keepingRef,
  mirrorHas,
  openMirror,
  rememberLarge,
  sweep,
  type Mirror,
  type ResolvedRef,
} from "./mirror.js";
import { hasObject } from "./local-repository.js";
import { REMOTE, runGit } from "./run-git.js";

interface Fetched {
  failures: Map<string, EdenError>;
  withoutContents: boolean;
}

/**
 * Fetches the wanted commits into the mirror, each at depth 1 and without file contents, in one process. A server that knows no
 * filter sends the contents too; nothing else changes. When the server refuses one of the objects, each is asked for alone, so that a
 * commit that is gone fails only the skills that want it.
 *
 * @returns the failures by wanted object id; empty when all is there. `withoutContents` when file contents surely did not come along.
 * @throws EdenError when the remote cannot be reached.
 */
export async function fetchCommits(
  git: Git,
  mirror: Mirror,
  source: RepositorySource,
  wanted: readonly ResolvedRef[],
  options: FetchOptions,
): Promise<Fetched> {
  const failures = new Map<string, EdenError>();
  const missing = wanted.filter(({ oid }) => !mirrorHas(mirror, oid));
  if (missing.length === 0) return { failures, withoutContents: false };
  try {
    const refspecs = missing.map(({ oid }) => `+${oid}:${keepingRef(oid)}`);
    return { failures, withoutContents: await fetchAtDepthOne(git, mirror, source, refspecs, options) };
  } catch (error) {
    if (!(error instanceof EdenError) || error.code !== "REF_NOT_FOUND") throw error;
    if (missing.length === 1 && missing[0] !== undefined) {
      const failure = await fetchWithHistory(git, mirror, source, missing[0], options, error);
      if (failure !== null) failures.set(missing[0].oid, failure);
      return { failures, withoutContents: false };
    }
  }
  for (const one of missing) {
    const alone = await fetchCommits(git, mirror, source, [one], options);
    for (const [oid, failure] of alone.failures) failures.set(oid, failure);
  }
  return { failures, withoutContents: false };
}

/**
 * Asks an empty mirror's remote for its default branch and fetches it in the same process: two round trips less than asking first.
 * @returns null when that does not work for this repository (it is empty, has no default branch, or another object format): ask first then.
 * @throws EdenError when the remote cannot be reached.
 */
export async function fetchDefaultBranch(
  git: Git,
  mirror: Mirror,
  source: RepositorySource,
  options: FetchOptions,
): Promise<{ ref: ResolvedRef; withoutContents: boolean } | null> {
  openMirror(mirror, "sha1");
  try {
    const withoutContents = await fetchAtDepthOne(git, mirror, source, [`+HEAD:${INCOMING}`], options);
    const oid = adoptIncoming(mirror, INCOMING);
    if (oid !== null) return { ref: { oid, commit: oid }, withoutContents };
  } catch (error) {
    if (!(error instanceof EdenError) || !["REF_NOT_FOUND", "FETCH_CORRUPT"].includes(error.code)) throw error;
  }
  discardMirror(mirror);
  return null;
}

const INCOMING = "refs/incoming/HEAD";

const NO_FILES = "--filter=blob:none";

/** 16 KiB: most files of most skills. */
const SMALL_FILES = "--filter=blob:limit=16k";

/**
 * Small files come along with the commits, in one fetch; of a repository that turns out to be large no file does, then and ever after
 * (decision 0027).
 * @returns true when the server left out the contents of all files.
 */
async function fetchAtDepthOne(
  git: Git,
  mirror: Mirror,
  source: RepositorySource,
  refspecs: readonly string[],
  options: FetchOptions,
): Promise<boolean> {
  const part = { source, depth: "--depth=1", refspecs };
  if (options.whole === true || (options.withoutFiles !== true && !isLarge(mirror))) {
    const size = new AnnouncedSize();
    const guard = options.whole === true ? {} : { onStderr: (text: string) => size.read(text) };
    const filter = options.whole === true ? "--no-filter" : SMALL_FILES;
    try {
      await fetchPart(git, mirror, { ...part, filter, ...guard }, options);
      return false;
    } catch (error) {
      if (error !== size.tooLarge) throw error;
      sweep(mirror);
      rememberLarge(mirror);
    }
  }
  const { stderr } = await fetchPart(git, mirror, { ...part, filter: NO_FILES }, options);
  return !/filtering not recognized/u.test(stderr);
}

/** A server of the old protocol gives out only the tips of refs: fetch the history of all of them and look for the commit there. */
async function fetchWithHistory(
  git: Git,
  mirror: Mirror,
  source: RepositorySource,
  wanted: ResolvedRef,
  options: FetchOptions,
  refused: EdenError,
): Promise<EdenError | null> {
  const all = ["+refs/heads/*:refs/history/heads/*", "+refs/tags/*:refs/history/tags/*"];
  const filter = options.whole === true ? "--no-filter" : NO_FILES;
  await fetchPart(git, mirror, { source, depth: "--depth=2147483647", filter, refspecs: all }, options);
  forgetPromises(mirror);
  if (!(await hasObject(git, mirror.directory, wanted.oid, options.signal))) return refused;
  await runGit(git, {
    directory: mirror.directory,
    args: ["update-ref", keepingRef(wanted.oid), wanted.oid],
    signal: options.signal,
  });
  return null;
}

/**
 * Fetches file contents by object id, all in one process.
 * @returns false when the server gives out only whole commits.
 * @throws EdenError when the remote cannot be reached.
 */
export async function fetchBlobs(
  git: Git,
  mirror: Mirror,
  source: RepositorySource,
  blobs: readonly string[],
  options: FetchOptions,
): Promise<boolean> {
  if (blobs.length === 0) return true;
  try {
    await runGit(git, {
      directory: mirror.directory,
      args: [...FETCH, "--filter=blob:none", "--stdin", "--end-of-options", REMOTE],
      settings: [["fetch.negotiationAlgorithm", "noop"]],
      input: `${blobs.join("\n")}\n`,
      remote: source,
      ...options,
    });
    return true;
  } catch (error) {
    if (error instanceof EdenError && error.code === "REF_NOT_FOUND") return false;
    throw error;
  }
}
