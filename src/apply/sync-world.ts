import { EdenError } from "../errors.js";
import { requireGit } from "../git/local-repository.js";
import { readOwnerSettings } from "../git/read-owner-settings.js";
import type { Git } from "../git/run-git.js";
import type { ManifestSkill, SkillLimits } from "../manifest/manifest.js";
import type { Staging } from "../store/staging.js";
import type { StoredBlobs } from "../store/stored-blobs.js";
import type { FlushWindow } from "../system/flush-window.js";
import type { Clock } from "../system/clock.js";
import { findProgram, type Host } from "../system/host.js";
import type { RunEvent, SkillVersion, SyncStatus } from "./events.js";

/** What every sync of one run shares. */
export interface SyncWorld {
  host: Host;
  /** Its `now` is 0 when the run begins. */
  clock: Clock;
  storageRoot: string;
  staging: Staging;
  /** Bounds what waits for the disk at once. */
  window: FlushWindow;
  /** What need not be fetched, whichever skill it came with. */
  stored: StoredBlobs;
  limits: SkillLimits;
  /** True for a skill that is copied to some target. */
  isCopied(skill: ManifestSkill): boolean;
  offline: boolean;
  /** True when pins are to be moved. */
  isMoving: boolean;
  /** True when a pin is moved even behind a tag that was moved. */
  followsTags: boolean;
  /** Milliseconds without progress after which a git process is ended. */
  stallMs: number;
  emit(event: RunEvent): void;
  /** Mirrors that were empty when this run came to them; an attempt that is repeated does not make them older. */
  cloned: Set<string>;
  /** git, looked for and checked the first time it is needed. @throws EdenError `GIT_MISSING`; the signal's reason. */
  git(signal: AbortSignal): Promise<Git>;
}

/** What the lockfile says of a skill whose manifest entry did not change. */
export interface Pin extends SkillVersion {}

/** A skill that is in the store now (or linked live), and how it came there. */
export interface SyncedSkill {
  status: Exclude<SyncStatus, "failed" | "cancelled">;
  version: SkillVersion;
  /** Why its SKILL.md is not as it should be, or null. */
  skillProblem: string | null;
  /** What is odd about where its ref is now. */
  moved?: RefMove | null;
}

/** A ref that did not simply go on from the pinned commit. */
export interface RefMove {
  /**
   * A tag that was moved, and the pin with it or not; a skill that the new commit has no more, whose pin stays; a branch whose new commit does
   * not descend from the pinned one, or of which that could not be learnt.
   */
  what: "tag-kept" | "tag-followed" | "removed" | "rewritten" | "unknown";
  /** Commits. */
  from: string;
  to: string;
}

export type SyncResult = { synced: SyncedSkill } | { error: EdenError };

/** Looks for git once; everybody who asks gets the same answer. */
export function gitFinder(
  world: Pick<SyncWorld, "host" | "clock" | "staging" | "emit">,
  signal: AbortSignal,
): (waiter: AbortSignal) => Promise<Git> {
  let found: Promise<Git> | undefined;
  const find = async (): Promise<Git> => {
    const program = findProgram("git", world.host.env);
    if (program === null) {
      throw new EdenError("GIT_MISSING", "git was not found on PATH", {
        stage: "fetch",
        hint: "Install git 2.32 or newer.",
      });
    }
    const git = {
      program,
      host: world.host,
      clock: world.clock,
      cwd: world.staging.emptyDirectory(),
      scratchFile: world.staging.next,
      onProcess: () => world.emit({ type: "git-process", at: world.clock.now() }),
    };
    const owner = readOwnerSettings(git, signal);
    // Whether git is there and new enough is the first thing to say.
    owner.catch(() => {});
    await requireGit(git, signal);
    return { ...git, owner: await owner };
  };
  return async (waiter) => {
    const asked = (found ??= find());
    try {
      return await Promise.race([asked, aborted(waiter)]);
    } catch (error) {
      // A passing failure (no descriptor left, say) must not decide for everybody after.
      if (found === asked && !waiter.aborted) found = undefined;
      throw error;
    }
  };
}

/** Rejects with the signal's reason once it is aborted. */
async function aborted(signal: AbortSignal): Promise<never> {
  return await new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
