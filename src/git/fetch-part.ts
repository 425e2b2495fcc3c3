import type { Git } from "./git.js";
import { join } from "node:path";
import { EdenError } from "../errors.js";
import type { RepositorySource } from "../manifest/document/manifest.js";
import { CANNOT_SHALLOW } from "./failures/access-rules.js";
import type { Mirror } from "./mirror.js";
import { REMOTE, runGit } from "./run-git.js";
import type { ProcessResult } from "../system/processes.js";
import { makeDirectory } from "../system/write-files.js";

export interface FetchOptions {
  signal: AbortSignal;
  /** Milliseconds. */
  stallMs: number;
  /** With the contents of all files, for a server that does not give them out one by one. */
  whole?: boolean;
  /** Without the contents of any file: for a look at what a commit names. */
  withoutFiles?: boolean;
}

/** What every fetch begins with. */
export const FETCH = [
  "fetch",
  "--progress",
  "--no-tags",
  "--no-recurse-submodules",
  "--no-write-fetch-head",
  "--no-auto-maintenance",
  "--force",
];

/** What is fetched of a repository. */
export interface Part {
  source: RepositorySource;
  /** Which commits (`--depth=1`) and which contents (`--filter=blob:none`), as options of git. */
  depth: string;
  filter: string;
  refspecs: readonly string[];
  /** Sees git's progress; what it throws ends the fetch. */
  onStderr?: (text: string) => void;
}

/**
 * Fetches a part of a repository; all of it, history and contents, where its server can give out nothing less: a plain web server, or one
 * that is too simple or too old.
 * @throws EdenError as `runGit`; `FETCH_CORRUPT` when the mirror is shallow and such a server cannot add to it: it is to be made anew.
 */
export async function fetchPart(
  git: Git,
  { directory }: Pick<Mirror, "directory">,
  { source, depth, filter, refspecs, onStderr }: Part,
  options: FetchOptions,
): Promise<ProcessResult> {
  const call = (...how: string[]) => ({
    directory,
    args: [...FETCH, ...how, "--end-of-options", REMOTE, ...refspecs],
    remote: source,
    ...options,
  });
  try {
    return await runGit(git, { ...call(depth, filter), ...(onStderr !== undefined && { onStderr }) });
  } catch (error) {
    if (!isRefused(error)) throw error;
  }
  // git makes this directory itself when a pack arrives, but not when it loads one from a plain web server.
  makeDirectory(join(directory, "objects/pack"));
  try {
    return await runGit(git, call("--no-filter"));
  } catch (error) {
    if (!isRefused(error)) throw error;
    throw new EdenError("FETCH_CORRUPT", error.message, error.facts, error);
  }
}

function isRefused(error: unknown): error is EdenError {
  return error instanceof EdenError && error.code === CANNOT_SHALLOW;
}
