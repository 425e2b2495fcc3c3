import { EdenError } from "../errors.js";
import { askLocal, type LocalGit } from "./ask-local.js";

/**
 * The oldest git that has the options used here (`GIT_CONFIG_GLOBAL`, `--end-of-options`
 * everywhere).
 */
const OLDEST = [2, 32] as const;

/** Milliseconds that `git version` may take. */
const VERSION_MS = 10_000;

/**
 * Makes sure that git is there and not too old.
 * @returns its version, for display.
 * @throws EdenError `GIT_MISSING`; the signal's reason when aborted.
 */
export async function requireGit(git: LocalGit, signal: AbortSignal): Promise<string> {
  const hint = `Install git ${OLDEST.join(".")} or newer.`;
  const text = await askLocal(git, { args: ["version"], signal, timeoutMs: VERSION_MS }).catch((error: unknown) => {
    signal.throwIfAborted();
    if (!(error instanceof EdenError) || error.code === "DESCRIPTORS_EXHAUSTED") throw error;
    const message = `${git.program} does not run: ${error.message}`;
    throw new EdenError("GIT_MISSING", message, { stage: "fetch", hint }, error);
  });
  const match = /(\d+)\.(\d+)(?:\.\d+)?/u.exec(text);
  const [version, major, minor] = [match?.[0] ?? text.trim(), Number(match?.[1]), Number(match?.[2])];
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return version;
  throw new EdenError("GIT_MISSING", `git >= ${OLDEST.join(".")} required, found ${version}`, { stage: "fetch", hint });
}
