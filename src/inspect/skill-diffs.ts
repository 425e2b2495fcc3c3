import type { TextChange } from "./text-change.js";

/** The document of `diff --json`. */
export interface DiffReport {
  schema_version: 1;
  command: "diff";
  /** The pins were compared with their refs, not with what is installed. */
  upstream: boolean;
  /** The number of rows that are not the same. */
  different: number;
  /** In manifest order; a row for each content that targets of a skill show. */
  skills: SkillTextDiff[];
}

/** What differs in one skill. */
export interface SkillTextDiff {
  id: string;
  /**
   * `missing`: there is nothing to compare with: no pin, no target, or upstream removed it; `conflict`: the target is
   * not ours; `failed`: one of the two contents cannot be read.
   */
  status: "same" | "different" | "missing" | "conflict" | "failed";
  /** The pinned commit; null for a directory, and without a pin. */
  from: string | null;
  /** The commit of the ref; null if installed content was compared. */
  to: string | null;
  /** The targets that show this content; none for a comparison with upstream. */
  targets: string[];
  /** Why it is missing, a conflict, or failed; else null. */
  message: string | null;
  files: TextChange[];
}
