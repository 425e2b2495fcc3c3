import { dirname } from "node:path";
import type { ManifestSkill } from "../manifest/document/manifest.js";
import type { PlanItem } from "../plan/plan.js";
import { leftovers } from "../targets/interrupted-swap.js";
import { isInstalled } from "../workspace/pins.js";
import { plannedItems, type Decision } from "./decision.js";
import { planRemovals, type LeftTarget } from "./plan-machine.js";

/** What Phase B is to do. */
export interface InstallPlan extends Decision {
  /** All targets that were looked at. */
  items: readonly PlanItem[];
  /** Those of them that are looked at again under the locks. */
  work: readonly PlanItem[];
  /** Target directories in which a killed process left something. */
  dirty: readonly string[];
  /** Targets that stay although the manifest no longer wants them. */
  left: readonly LeftTarget[];
  /** Paths that the state is to forget. */
  forget: readonly string[];
}

/** Plans the targets of a decision. Looks, and changes nothing. */
export function planInstalls(decision: Decision): InstallPlan {
  const { machine, selected, scope, former } = decision;
  const removals = planRemovals(machine, scope, former);
  const items = [...plannedItems(decision), ...removals.items];
  const { left, forget } = removals;
  return { ...decision, items, work: items.filter(isWork), dirty: dirtyDirectories(selected), left, forget };
}

/**
 * What is to be looked at again under the locks. A conflict, too: this look was without any, so it may have met another process of ours in
 * the middle of a swap.
 */
function isWork({ action, environment, failure }: PlanItem): boolean {
  return action !== "noop" && failure === null && environment.kind === "local";
}

function dirtyDirectories(selected: readonly ManifestSkill[]): string[] {
  const targets = selected.filter(isInstalled).flatMap((skill) => skill.targets);
  const roots = targets.filter(({ environment }) => environment.kind === "local").map(({ path }) => dirname(path));
  return [...new Set(roots)].filter((root) => leftovers(root).length > 0);
}
