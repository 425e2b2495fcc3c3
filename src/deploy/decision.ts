import type { ManifestSkill } from "../manifest/document/manifest.js";
import type { SkillVersion } from "../run/events.js";
import type { RunScope } from "../run/scope.js";
import type { PlanItem } from "../plan/plan.js";
import type { Machine } from "../workspace/machine.js";
import { planSkill } from "./plan-machine.js";

/** The skills to install. */
export interface Decision {
  machine: Machine;
  selected: readonly ManifestSkill[];
  scope: RunScope;
  /** Skills that were just removed from the manifest. */
  former: readonly ManifestSkill[];
  /** The resolutions of the selected skills; a skill without one stays unchanged. */
  versions: ReadonlyMap<string, SkillVersion>;
}

/** The inputs for the targets of a decision. */
export type Planned = Pick<Decision, "machine" | "selected" | "versions">;

/** The items for the targets of skills whose versions are known. */
export function plannedItems({ machine, selected, versions }: Planned): PlanItem[] {
  return selected.flatMap((skill) => {
    const version = versions.get(skill.id);
    return version === undefined ? [] : planSkill(machine, skill, version);
  });
}
