import type { Git } from "./git.js";
import { EdenError } from "../errors.js";
import { askLocal } from "./ask-local.js";

/**
 * The top of the work tree that contains a directory of the user; absolute.
 * @throws EdenError `USAGE` if there is none; the signal's reason when aborted.
 */
export async function workTreeOf(git: Git, directory: string, signal: AbortSignal): Promise<string> {
  try {
    const top = await askLocal(git, { args: ["-C", directory, "rev-parse", "--show-toplevel"], signal });
    return top.replace(/\n$/u, "");
  } catch (error) {
    if (!(error instanceof EdenError) || error.code === "DESCRIPTORS_EXHAUSTED") throw error;
    const hint = "Go into the repository that holds the lockfile.";
    throw new EdenError("USAGE", `${directory} is in no work tree of git: ${error.message}`, { hint }, error);
  }
}

/**
 * Sets values in the configuration of one repository, which all its branches and work trees share.
 * @throws EdenError.
 */
export async function configure(
  git: Git,
  workTree: string,
  settings: readonly (readonly [key: string, value: string])[],
  signal: AbortSignal,
): Promise<void> {
  for (const [key, value] of settings)
    await askLocal(git, { args: ["-C", workTree, "config", "--local", key, value], signal });
}
