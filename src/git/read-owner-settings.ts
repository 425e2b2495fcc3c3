import type { Setting } from "./setting.js";
import { EdenError, sanitize } from "../errors.js";
import { runLocal, type LocalGit } from "./ask-local.js";
import { ownerEnvironment } from "./environment.js";
import { OwnerSettings } from "./owner-settings.js";

/** Milliseconds that git may take to read a few files. */
const LISTING_MS = 10_000;

/**
 * Asks git what the owner of the machine has configured: only git knows where the system's configuration lies and what it includes.
 * @param settings further ones that decide what is included.
 * @throws EdenError `GIT_MISSING` when git cannot read it, `DESCRIPTORS_EXHAUSTED`; the signal's reason when aborted.
 */
export async function readOwnerSettings(
  git: LocalGit,
  signal: AbortSignal,
  settings: readonly Setting[] = [],
): Promise<OwnerSettings> {
  const env = ownerEnvironment(git.host.env, { cwd: git.cwd, settings });
  const args = ["config", "--list", "--null"];
  const { exitCode, stdout, stderr } = await runLocal(git, { args, signal, env, timeoutMs: LISTING_MS });
  if (exitCode !== 0) throw unreadable(stderr);
  return OwnerSettings.parse(stdout);
}

function unreadable(stderr: string): EdenError {
  const said = sanitize(/^(?:fatal|error): (.*)$/mu.exec(stderr)?.[1] ?? stderr.trim());
  const hint = "Repair that file: `git config --list --show-origin` says what is wrong with it.";
  return new EdenError("GIT_MISSING", `git does not run: ${said}`, { stage: "fetch", hint });
}
