import { EdenError } from "../errors.js";
import type { RepositorySource } from "../manifest/manifest.js";
import { keepingRef, mirrorHas, type Mirror, type ResolvedRef } from "./mirror.js";
import { listObjects } from "./objects.js";
import { REMOTE, runGit, type Git } from "./run-git.js";

interface FetchOptions {
  signal: AbortSignal;
  /** Milliseconds. */
  stallMs: number;
  /** With the contents of all files, for a server that does not give them out one by one. */
  whole?: boolean;
}

const FETCH = [
  "fetch",
  "--progress",
  "--no-tags",
  "--no-recurse-submodules",
  "--no-write-fetch-head",
  "--no-auto-maintenance",
  "--force",
];

/**
 * Fetches the wanted commits into the mirror, each at depth 1 and without file contents, in one process. A server that knows no
 * filter sends the contents too; nothing else changes. When the server refuses one of the objects, each is asked for alone, so that a
 * commit that is gone fails only the skills that want it.
 *
 * @returns the failures by wanted object id; empty when all is there.
 * @throws EdenError when the remote cannot be reached.
 */
export async function fetchCommits(
  git: Git,
  mirror: Mirror,
  source: RepositorySource,
  wanted: readonly ResolvedRef[],
  options: FetchOptions,
): Promise<Map<string, EdenError>> {
  const failures = new Map<string, EdenError>();
  const missing = wanted.filter(({ oid }) => !mirrorHas(mirror, oid));
  if (missing.length === 0) return failures;
  try {
    await fetchAtDepthOne(git, mirror, source, missing, options);
    return failures;
  } catch (error) {
    if (!(error instanceof EdenError) || error.code !== "REF_NOT_FOUND") throw error;
    if (missing.length === 1 && missing[0] !== undefined) {
      const failure = await fetchWithHistory(git, mirror, source, missing[0], options, error);
      if (failure !== null) failures.set(missing[0].oid, failure);
      return failures;
    }
  }
  for (const one of missing) {
    for (const [oid, failure] of await fetchCommits(git, mirror, source, [one], options)) failures.set(oid, failure);
  }
  return failures;
}

function filterOf({ whole }: FetchOptions): string {
  return whole === true ? "--no-filter" : "--filter=blob:none";
}

async function fetchAtDepthOne(
  git: Git,
  mirror: Mirror,
  source: RepositorySource,
  wanted: readonly ResolvedRef[],
  options: FetchOptions,
): Promise<void> {
  const refspecs = wanted.map(({ oid }) => `+${oid}:${keepingRef(oid)}`);
  await runGit(git, {
    directory: mirror.directory,
    args: [...FETCH, "--depth=1", filterOf(options), "--end-of-options", REMOTE, ...refspecs],
    remote: source,
    ...options,
  });
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
  await runGit(git, {
    directory: mirror.directory,
    args: [
      ...FETCH,
      "--depth=2147483647",
      filterOf(options),
      "--end-of-options",
      REMOTE,
      "+refs/heads/*:refs/history/heads/*",
      "+refs/tags/*:refs/history/tags/*",
    ],
    remote: source,
    ...options,
  });
  const objects = await listObjects(git, mirror.directory, options.signal);
  if (!objects.has(wanted.oid)) return refused;
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
