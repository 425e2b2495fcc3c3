import type { PlanItem } from "../plan/plan.js";
import type { Machine } from "../workspace/machine.js";
import type { InstallResult } from "./install-target.js";
import type { PlannedInstalls } from "./plan-installs.js";

/** The result of Phase B. */
export interface CompletedInstalls {
  plan: PlannedInstalls;
  /** The state of the machine under the manifest's lock. */
  machine: Machine;
  /** The result of each item that needed work. */
  results: ReadonlyMap<PlanItem, InstallResult>;
}
