import type { Git } from "./git.js";
import { EdenError } from "../errors.js";
import { runGit } from "./run-git.js";

/**
 * Which of these paths the index of a user's work tree has, or has something below.
 * @param workTree its top; absolute.
 * @param paths relative to it, with slashes.
 * @returns null when git takes that directory for no work tree.
 * @throws the signal's reason when aborted.
 */
export async function trackedPaths(
  git: Git,
  workTree: string,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlySet<string> | null> {
  try {
    const { stdout } = await runGit(git, {
      args: ["-C", workTree, "ls-files", "-z", "--", ...paths],
      // Nothing of that repository is run by this question, so its owner does not matter.
      settings: [["safe.directory", workTree]],
      signal,
    });
    const known = stdout.toString("utf8").split("\0");
    return new Set(paths.filter((path) => known.some((one) => one === path || one.startsWith(`${path}/`))));
  } catch (error) {
    if (error instanceof EdenError && !signal.aborted) return null;
    throw error;
  }
}
