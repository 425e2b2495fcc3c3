import { EdenError } from "../errors.js";
import type { SkillVersion, SyncStatus } from "../run/events.js";

/** A skill that is in the store now (or linked live).  */
export interface SyncedSkill {
  status: Exclude<SyncStatus, "failed" | "cancelled">;
  version: SkillVersion;
  /** Why its SKILL.md is not as it should be, or null. */
  skillProblem: string | null;
  /** Its content came from the remote store. */
  fromRemoteStore?: true;
  /** How its ref moved, if not simply forward. */
  moved?: RefMove | null;
  /** The number of commits from its pin to its version, if it is known. */
  commits?: number | null;
  /** Why its pinned content, which was wanted as well, cannot be fetched. */
  pinLost?: EdenError;
  /** In a comparison: why the policy denies it. */
  denied?: EdenError;
}

/** A ref whose new commit is not a plain successor of the pinned one. */
export interface RefMove {
  /**
   * A tag that was moved, and the pin with it or not; a skill that the new commit does not have,
   * or a commit that the policy denies, and the pin stays; a branch whose new commit does not descend from the pinned one, or for which
   * that is unknown.
   */
  what: "tag-kept" | "tag-followed" | "removed" | "denied" | "rewritten" | "unknown";
  /** Why the policy denies it. */
  why?: string;
  /** Commits. */
  from: string;
  to: string;
}

export type SyncResult = { synced: SyncedSkill } | { error: EdenError };

/** The error of a skill for which the sync gave no result: a bug. */
export const NO_RESULT = new EdenError("INTERNAL", "the sync gave no result for this skill");
