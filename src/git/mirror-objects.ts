import { classifyFailure } from "./failure.js";
import { askLocal, runLocal } from "./ask-local.js";
import type { Git } from "./git.js";

/**
 * True when a bare repository holds an object. Never asks a remote.
 * @throws EdenError when it is damaged.
 */
export async function hasObject(git: Git, directory: string, oid: string, signal: AbortSignal): Promise<boolean> {
  const question = ["rev-parse", "--quiet", "--verify", "--end-of-options", `${oid}^{object}`];
  const { stdout, stderr, exitCode } = await runLocal(git, { args: [`--git-dir=${directory}`, ...question], signal });
  if (exitCode !== 0 && stderr !== "") throw classifyFailure({ exitCode, stderr, signal: null }, undefined);
  return stdout.trim() === oid;
}

/** Makes a ref of a bare repository name an object. @throws EdenError. */
export async function setRef(
  git: Git,
  directory: string,
  { ref, oid }: { ref: string; oid: string },
  signal: AbortSignal,
): Promise<void> {
  await askLocal(git, { args: [`--git-dir=${directory}`, "update-ref", ref, oid], signal });
}
