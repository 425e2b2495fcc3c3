import { join } from "node:path";
import { EdenError } from "../errors.js";
import type { ProcessResult } from "../system/processes.js";
import { makeDirectory } from "../system/write-files.js";
import { CANNOT_SHALLOW } from "./failures/access-rules.js";
import type { Mirror } from "./mirror.js";
import { askRemote, type Remote } from "./remote.js";
import { REMOTE } from "./run-git.js";
import type { Setting } from "./setting.js";

/** The first arguments of every fetch. */
export const FETCH = [
  "fetch",
  "--progress",
  "--no-tags",
  "--no-recurse-submodules",
  "--no-write-fetch-head",
  "--no-auto-maintenance",
  "--force",
];

/** Filters of `git fetch`: commits and trees without file contents, and everything. */
export const NO_CONTENTS = "--filter=blob:none";
export const NO_FILTER = "--no-filter";

/**
 * The remote may omit contents and send them later. git writes these settings into the mirror's
 * configuration unless they are there; then it would fail on a missing object, instead of
 * reporting it as missing.
 */
export const PROMISES: readonly Setting[] = [
  [`remote.${REMOTE}.promisor`, "true"],
  [`remote.${REMOTE}.partialCloneFilter`, "blob:none"],
];

/** The part of a repository to fetch. */
export interface Part {
  /** Which commits (`--depth=1`) and which contents (`--filter=blob:none`), as options of git. */
  depth: string;
  filter: string;
  refspecs: readonly string[];
  /** Receives git's progress; an exception ends the fetch. */
  onStderr?: (text: string) => void;
}

/**
 * Fetches a part of a repository; all of it, with history and contents, if its server cannot send
 * less: a plain web server, or one that is too simple or too old.
 * @throws EdenError as `runGit`; `FETCH_CORRUPT` if the mirror is shallow and such a server cannot
 *   add to it: the caller rebuilds it.
 */
export async function fetchPart(
  remote: Remote,
  { directory }: Pick<Mirror, "directory">,
  { depth, filter, refspecs, onStderr }: Part,
): Promise<ProcessResult> {
  const call = (...how: string[]) => ({
    directory,
    args: [...FETCH, ...how, "--end-of-options", REMOTE, ...refspecs],
    settings: PROMISES,
  });
  try {
    return await askRemote(remote, { ...call(depth, filter), ...(onStderr !== undefined && { onStderr }) });
  } catch (error) {
    if (!isRefused(error)) throw error;
  }
  // git creates this directory when it receives a pack, but not when it downloads one from a plain
  // web server.
  makeDirectory(join(directory, "objects/pack"));
  try {
    return await askRemote(remote, call(NO_FILTER));
  } catch (error) {
    if (!isRefused(error)) throw error;
    throw new EdenError("FETCH_CORRUPT", error.message, error.facts, error);
  }
}

function isRefused(error: unknown): error is EdenError {
  return error instanceof EdenError && error.code === CANNOT_SHALLOW;
}
