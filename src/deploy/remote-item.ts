import type { RemoteEnvironment } from "../manifest/targets/target-environment.js";
import type { PlanItem } from "../plan/plan.js";

/** An item of a plan for a container or a host. */
export type RemoteItem = PlanItem & { environment: RemoteEnvironment };

/** True for an item of a container or a host. */
export function isRemote(item: PlanItem): item is RemoteItem {
  return item.environment.kind !== "local";
}
