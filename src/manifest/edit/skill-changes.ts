import type { TargetDraft } from "./skill-draft.js";

/** The changes of a skill; omitted fields stay. */
export interface SkillChanges {
  id?: string;
  repo?: string;
  ref?: string;
  subpath?: string;
  /** The version range of a registry's skill. */
  version?: string;
  mode?: string;
  priority?: number;
  enabled?: boolean;
  /** Exactly these. */
  targets?: readonly TargetDraft[];
  /** Added to the existing ones. */
  moreTargets?: readonly TargetDraft[];
}
