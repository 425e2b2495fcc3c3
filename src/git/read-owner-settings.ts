import type { Setting } from "./setting.js";
import { EdenError, sanitize } from "../errors.js";
import { runLocal, type LocalGit } from "./ask-local.js";
import { ownerEnvironment } from "./environment.js";
import { OwnerSettings } from "./owner-settings.js";

/** Timeout for reading the configuration, in milliseconds. */
const LISTING_MS = 10_000;

/**
 * Asks git for the owner's configuration: only git knows the path of the system's configuration and
 * its includes.
 * @param settings additional ones, which affect conditional includes.
 * @throws EdenError `GIT_MISSING` if git cannot read it, `DESCRIPTORS_EXHAUSTED`; the signal's
 *   reason when aborted.
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
