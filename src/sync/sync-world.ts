import type { Git } from "../git/git.js";
import type { EdenError } from "../errors.js";
import type { ManifestSkill, SkillLimits } from "../manifest/document/manifest.js";
import type { Staging } from "../store/staging.js";
import type { StoredBlobs } from "../store/stored-blobs.js";
import type { FlushWindow } from "../system/flush-window.js";
import type { Clock } from "../system/clock.js";
import type { Host } from "../system/host.js";
import type { RunEvent, SkillVersion, SyncStatus } from "../run/events.js";

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
