import type { Manifest } from "../manifest/document/manifest.js";
import type { TargetEnvironment } from "../manifest/targets/target-environment.js";
import type { PlanItem } from "../plan/plan.js";

/** Targets that the manifest no longer wants. */
export interface Removals {
  items: PlanItem[];
  /** Targets that we must not remove, with reasons. */
  left: LeftTarget[];
  /** Paths whose records are dropped; keys of places for remote targets. */
  forget: string[];
}

/** A target that stays although the manifest no longer wants it. */
export interface LeftTarget {
  skillId: string;
  environment: TargetEnvironment;
  path: string;
  reason: string;
  code: "TARGET_CONFLICT" | "TARGET_IS_SOURCE";
}

/** Why a target of a skill is no longer wanted, as a message. */
export function whyUnwanted(manifest: Manifest, skillId: string): string {
  const skill = manifest.skills.find(({ id }) => id === skillId);
  if (skill === undefined) return "no longer in the manifest";
  if (!skill.enabled) return "disabled in the manifest";
  if (!skill.isHere) return "not in the groups of this machine";
  return skill.noExecMetadataOnly ? "only its metadata is wanted" : "no longer one of its targets";
}
