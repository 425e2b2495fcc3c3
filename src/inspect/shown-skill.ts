import type { Skipped } from "../install/plan-install.js";
import type { SkillContent } from "./skill-content.js";
import type { ShownTarget, SkillState } from "./skill-state.js";

/** The document of `show --json`. */
export interface ShowReport {
  schema_version: 1;
  command: "show";
  /** null for a source with several skills, none of which was named. */
  skill: ShownSkill | null;
  /** The skills of the source; empty for a skill of the manifest. `path` is relative to its root. */
  skills: { name: string; description: string; path: string }[];
  /** What the source has besides them. */
  skipped: Skipped[];
}

/** One skill. */
export interface ShownSkill extends SkillContent {
  id: string;
  origin: {
    repo: string;
    ref: string | null;
    subpath: string;
    /** null for a directory and a site. */
    commit: string | null;
    /** The version of a registry's skill, else null. */
    registry_version: string | null;
  };
  /** null for a skill that is not in the manifest. */
  state: SkillState | null;
  /** Empty for a skill that is not in the manifest. */
  targets: ShownTarget[];
  /** The collection that it is a member of, or null. */
  collection: string | null;
}
