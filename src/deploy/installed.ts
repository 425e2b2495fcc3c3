import type { PlanItem } from "../plan/plan.js";
import type { Machine } from "../workspace/machine.js";
import type { InstallResult } from "./install-target.js";
import type { InstallPlan } from "./plan-installs.js";

/** What Phase B has done. */
export interface Installed {
  plan: InstallPlan;
  /** The machine as it was found under the manifest's lock. */
  machine: Machine;
  /** How each item that was work has ended. */
  results: ReadonlyMap<PlanItem, InstallResult>;
}
