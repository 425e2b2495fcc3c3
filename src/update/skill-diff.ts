import type { EdenError } from "../errors.js";
import type { CapabilityDelta } from "../skill/audit/capabilities.js";
import type { FileChange, RiskDelta } from "../skill/audit/delta.js";

/** The changes of an update for one skill. */
export interface SkillDiff {
  /** The pinned commit; null if there is none yet. */
  from: string | null;
  /** The current commit of the ref; null if its content could not be fetched. */
  to: string | null;
  /**
   * As in `outdated`; `failed`: the content of one of the two could not be fetched, or is not a
   * skill.
   */
  status: "current" | "outdated" | "pinned" | "missing" | "added" | "removed" | "unreachable" | "failed";
  /** Why it failed, or null. */
  message: string | null;
  /** Why an update keeps the pin anyway, unless forced; or null. */
  held: string | null;
  /** Why the policy denies the new content, with rule, file and line; or null. */
  denied: string | null;
  /** The new commit does not descend from the pinned one; null if this could not be determined. */
  rewritten: boolean | null;
  /** By path; without a pin all files are added. */
  files: FileChange[];
  /** What the skill can newly do, and no longer does. */
  capabilities: CapabilityDelta;
  risk: RiskDelta;
}

/** A row of `update --dry-run`. */
export type PreviewedSkill = { id: string; ref: string | null } & SkillDiff;

/** The beginning of a commit, or of the digest of a skill of a site. */
export function shortVersion(version: string, length = 12): string {
  return version.replace(/^sha256[:-]/u, "").slice(0, length);
}

/** What a failure says about a skill. */
export function failureStatus({ code }: EdenError): SkillDiff["status"] {
  return code.startsWith("FETCH_") || code === "REF_NOT_FOUND" || code === "OFFLINE_MISS" ? "unreachable" : "failed";
}

/** The changes of a skill that is not compared. */
export const NOTHING: Pick<SkillDiff, "files" | "capabilities" | "risk"> = {
  files: [],
  capabilities: { added: [], removed: [] },
  risk: { scripts: [], hosts: [], allowed_tools: [], hidden_unicode: [], findings: [], fixed: [] },
};
