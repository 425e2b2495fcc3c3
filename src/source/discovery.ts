import type { AuditFinding } from "../skill/audit/finding.js";

/** What a user wants to know about a skill before it is installed. */
export interface SkillFacts {
  files: number;
  /** A larger file counts with 256 KiB. */
  bytes: number;
  /** Findings of an audit of medium severity or more. */
  findings: AuditFinding[];
}

/** A skill of a source. */
export interface DiscoveredSkill {
  /** Its future id: its name if that is a valid directory name, else the name of its directory. */
  id: string;
  name: string | null;
  description: string;
  /** Its directory, relative to the root of the source; "." for the root. */
  path: string;
  /** Violations of the format, as messages. */
  warnings: string[];
  /** Only if they were asked for. */
  facts?: SkillFacts;
}

/** An item of a source that is not a skill, or is skipped. */
export interface LeftOut {
  /**
   * A directory or a link, relative to the root of the source; the name of a plugin in another
   * source.
   */
  path: string;
  reason: string;
  /** Its fault; null if there is none. `SKILL_INVALID`: no agent would load it. */
  code: string | null;
}

export interface Discovery {
  /** In the order of the directories in which they were found, then by path. */
  skills: DiscoveredSkill[];
  /** Skills that are taken only by name: each has an entry in `skipped`. */
  unlisted: DiscoveredSkill[];
  /** Everything else that looks like a skill, or may lead to one. */
  skipped: LeftOut[];
}
