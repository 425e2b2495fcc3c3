import type { Repositories } from "../git/repositories.js";
import type { RunContext } from "../run/run-context.js";
import type { StoreWriter } from "../store/store-writer.js";
import type { SyncPlan } from "./sync-plan.js";

/** Phase A of one run: what is to be done, and the means. */
export interface Sync {
  context: RunContext;
  plan: SyncPlan;
  repositories: Repositories;
  writer: StoreWriter;
}
