import type { SyncResult } from "../sync/sync-result.js";
import type { Looked } from "./look.js";

/** A run at its barrier. */
export interface Synced extends Looked {
  /** One for each enabled skill of the run. */
  results: ReadonlyMap<string, SyncResult>;
}
