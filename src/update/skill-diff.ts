import type { FileChange, RiskDelta } from "../skill/audit/delta.js";

/** What an update would do to one skill. */
export interface SkillDiff {
  /** The pinned commit; null when there is none yet. */
  from: string | null;
  /** Where the ref is now; null when that content could not be had. */
  to: string | null;
  /** As in `outdated`; `failed`: the content of one of the two could not be had, or is no skill. */
  status: "current" | "outdated" | "pinned" | "missing" | "removed" | "unreachable" | "failed";
  /** Why it failed, or null. */
  message: string | null;
  /** Why an update leaves the pin where it is all the same, unless forced; or null. */
  held: string | null;
  /** The new commit does not descend from the pinned one; null when that could not be learnt. */
  rewritten: boolean | null;
  /** By path; everything is added when nothing was pinned. */
  files: FileChange[];
  risk: RiskDelta;
}
