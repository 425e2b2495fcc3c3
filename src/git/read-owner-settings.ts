import type { Setting } from "./setting.js";
import type { Git } from "./git.js";
import { EdenError, sanitize } from "../errors.js";
import { runProcess } from "../system/processes.js";
import { ownerEnvironment } from "./environment.js";
import { classifyFailure } from "./failure.js";
import { OwnerSettings } from "./owner-settings.js";

/** Milliseconds that git may take to read a few files. */
const LISTING_MS = 10_000;

/**
 * Asks git what the owner of the machine has configured: only git knows where the system's configuration lies and what it includes.
 * @param settings further ones that decide what is included.
 * @throws EdenError `GIT_MISSING` when git cannot read it, `DESCRIPTORS_EXHAUSTED`; the signal's reason when aborted.
 */
export async function readOwnerSettings(
  git: Omit<Git, "owner">,
  signal: AbortSignal,
  settings: readonly Setting[] = [],
): Promise<OwnerSettings> {
  git.onProcess();
  try {
    const result = await runProcess({
      file: git.program,
      args: ["--no-pager", "config", "--list", "--null"],
      env: ownerEnvironment(git.host.env, { cwd: git.cwd, settings }),
      cwd: git.cwd,
      clock: git.clock,
      stallMs: LISTING_MS,
      signal,
    });
    if (result.exitCode === 0) return OwnerSettings.parse(result.stdout.toString("utf8"));
    throw unreadable(result.stderr);
  } catch (error) {
    throw error instanceof EdenError ? classifyFailure(error, undefined) : error;
  }
}

function unreadable(stderr: string): EdenError {
  const said = sanitize(/^(?:fatal|error): (.*)$/mu.exec(stderr)?.[1] ?? stderr.trim());
  const hint = "Repair that file: `git config --list --show-origin` says what is wrong with it.";
  return new EdenError("GIT_MISSING", `git does not run: ${said}`, { stage: "fetch", hint });
}
