import type { Git } from "./git.js";
import { EdenError } from "../errors.js";
import { askLocal } from "./ask-local.js";
import { gitEnvironment } from "./environment.js";

/**
 * The paths that are in the index of a user's work tree, or have entries below them.
 * @param workTree its top; absolute.
 * @param paths relative to it, with slashes.
 * @returns null if git does not recognise the directory as a work tree.
 * @throws the signal's reason when aborted.
 */
export async function trackedPaths(
  git: Git,
  workTree: string,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlySet<string> | null> {
  try {
    // This query runs nothing of that repository, so its owner does not matter.
    const env = gitEnvironment(git.host.env, { cwd: git.cwd, settings: [["safe.directory", workTree]] });
    const listed = await askLocal(git, { args: ["-C", workTree, "ls-files", "-z", "--", ...paths], signal, env });
    const known = listed.split("\0");
    return new Set(paths.filter((path) => known.some((one) => one === path || one.startsWith(`${path}/`))));
  } catch (error) {
    if (error instanceof EdenError && !signal.aborted) return null;
    throw error;
  }
}
