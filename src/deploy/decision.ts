import type { ManifestSkill } from "../manifest/document/manifest.js";
import type { SkillVersion } from "../run/events.js";
import type { RunScope } from "../run/scope.js";
import type { PlanItem } from "../plan/plan.js";
import type { Machine } from "../workspace/machine.js";
import { planSkill } from "./plan-machine.js";

/** What is to be installed. */
export interface Decision {
  machine: Machine;
  selected: readonly ManifestSkill[];
  scope: RunScope;
  /** Skills that were just taken out of the manifest. */
  former: readonly ManifestSkill[];
  /** What the selected skills are resolved to; one that is not among them is left as it is. */
  versions: ReadonlyMap<string, SkillVersion>;
}

/** What the targets of a decision depend on. */
export type Planned = Pick<Decision, "machine" | "selected" | "versions">;

/** The items for the targets of skills whose versions are known. */
export function plannedItems({ machine, selected, versions }: Planned): PlanItem[] {
  return selected.flatMap((skill) => {
    const version = versions.get(skill.id);
    return version === undefined ? [] : planSkill(machine, skill, version);
  });
}
