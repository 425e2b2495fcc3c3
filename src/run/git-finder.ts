import type { Git } from "../git/git.js";
import { EdenError } from "../errors.js";
import { requireGit } from "../git/require-git.js";
import { readOwnerSettings } from "../git/read-owner-settings.js";
import type { Staging } from "../store/staging.js";
import { findProgram } from "../system/host.js";
import { untilAborted } from "../system/until-aborted.js";
import type { RunContext } from "./run-context.js";

/** Searches for git once; all callers get the same result. */
export function gitFinder(
  { host, clock, emit }: Pick<RunContext, "host" | "clock" | "emit">,
  staging: Staging,
  signal: AbortSignal,
): (waiter: AbortSignal) => Promise<Git> {
  let found: Promise<Git> | undefined;
  const find = async (): Promise<Git> => {
    const program = findProgram("git", host.env);
    if (program === null) {
      throw new EdenError("GIT_MISSING", "git was not found on PATH", {
        stage: "fetch",
        hint: "Install git 2.32 or newer.",
      });
    }
    const git = {
      program,
      // A copy: each child gets all variables, and to read one of process.env takes a call into Node.
      host: { ...host, env: { ...host.env } },
      clock,
      cwd: staging.emptyDirectory(),
      scratchFile: staging.next,
      onProcess: () => emit({ type: "git-process", at: clock.now() }),
    };
    const owner = readOwnerSettings(git, signal);
    // A missing or old git is reported first.
    owner.catch(() => {});
    await requireGit(git, signal);
    return { ...git, owner: await owner };
  };
  return async (waiter) => {
    const asked = (found ??= find());
    try {
      return await untilAborted(asked, waiter);
    } catch (error) {
      // A temporary failure (for instance a missing descriptor) must not decide for later callers.
      if (found === asked && !waiter.aborted) found = undefined;
      throw error;
    }
  };
}
