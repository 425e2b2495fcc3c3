import type { RepositorySource } from "../manifest/document/manifest.js";
import { askLocal } from "./ask-local.js";
import type { Git } from "./git.js";
import { runGit } from "./run-git.js";

/** A clone to work in. */
export interface WantedClone {
  source: RepositorySource;
  /** A directory that does not exist, or is empty; absolute. */
  directory: string;
  commit: string;
  /** The branch to begin at the commit. */
  branch: string;
}

/**
 * Clones a whole repository with the owner's settings, without hooks and submodules, and begins a
 * branch at a commit.
 * @throws EdenError as a fetch.
 */
export async function cloneToWorkIn(
  git: Git,
  { source, directory, commit, branch }: WantedClone,
  signal: AbortSignal,
): Promise<void> {
  await runGit(git, {
    args: ["clone", "--quiet", "--no-hardlinks", "--no-checkout", "--", source.url, directory],
    remote: source,
    signal,
  });
  await askLocal(git, { args: ["-C", directory, "checkout", "--quiet", "-b", branch, commit], signal });
}

/** The address that a clone was made from; "" if the directory is no repository with an origin. */
export async function originOf(git: Git, directory: string, signal: AbortSignal): Promise<string> {
  try {
    const url = await askLocal(git, { args: ["-C", directory, "config", "--get", "remote.origin.url"], signal });
    return url.trim();
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Error) return "";
    throw error;
  }
}
