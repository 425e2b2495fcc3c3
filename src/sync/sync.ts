import type { Repositories } from "../git/repositories.js";
import type { RemoteStore } from "../remote-store/remote-store.js";
import type { RunContext } from "../run/run-context.js";
import type { StoreWriter } from "../store/store-writer.js";
import type { SyncPlan } from "./sync-plan.js";

/** Context, plan and resources of Phase A. */
export interface Sync {
  context: RunContext;
  plan: SyncPlan;
  repositories: Repositories;
  writer: StoreWriter;
  /** Asked for locked contents first; null if there is none, or it must not be asked. */
  remoteStore: RemoteStore | null;
}
