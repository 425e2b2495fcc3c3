import { dirname } from "node:path";
import type { ManifestSkill } from "../manifest/document/manifest.js";
import type { PlanItem } from "../plan/plan.js";
import { deadTemporaries } from "../system/temporary-files.js";
import { isInstalled } from "../workspace/pins.js";
import { plannedItems, type Decision } from "./decision.js";
import { planRemovals } from "./plan-machine.js";
import type { LeftTarget } from "./removals.js";

/** The work of Phase B. */
export interface PlannedInstalls extends Decision {
  /** All checked targets. */
  items: readonly PlanItem[];
  /** The targets that are checked again under the locks. */
  work: readonly PlanItem[];
  /** Target directories with files of a killed process. */
  dirty: readonly string[];
  /** Targets that stay although the manifest no longer wants them. */
  left: readonly LeftTarget[];
  /** Paths to remove from the state. */
  forget: readonly string[];
}

/** Plans the targets of a decision. Reads only. */
export function planInstalls(decision: Decision): PlannedInstalls {
  const { machine, selected, scope, former } = decision;
  const removals = planRemovals(machine, scope, former);
  const items = [...plannedItems(decision), ...removals.items];
  const { left, forget } = removals;
  return { ...decision, items, work: items.filter(isWork), dirty: dirtyDirectories(selected), left, forget };
}

/**
 * Items to check again under the locks. Conflicts, too, and what could not be read: this plan was
 * made without locks, so another process of ours may have been in the middle of a swap.
 */
function isWork({ action, failure }: PlanItem): boolean {
  if (action === "noop" || action === "unknown") return false;
  return failure === null || failure.code === "FILE_FAILED";
}

function dirtyDirectories(selected: readonly ManifestSkill[]): string[] {
  const targets = selected.filter(isInstalled).flatMap((skill) => skill.targets);
  const roots = targets.filter(({ environment }) => environment.kind === "local").map(({ path }) => dirname(path));
  return [...new Set(roots)].filter((root) => deadTemporaries(root).length > 0);
}
