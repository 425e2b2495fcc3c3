import type { EdenError } from "../errors.js";

/** Events of the reactor while it runs tasks. `at` is in milliseconds on the run's clock. */
export type ReactorEvent =
  | { type: "task-queued"; at: number; task: string }
  | { type: "task-started"; at: number; task: string; attempt: number; waitedMs: number; inFlight: number }
  /** `retry`: how many failures of this kind there were; `of`: how many are retried, if limited. */
  | {
      type: "task-again";
      at: number;
      task: string;
      kind: "retried" | "requeued";
      delayMs: number;
      retry: number;
      of: number | null;
      error: EdenError;
    }
  | {
      type: "task-ended";
      at: number;
      task: string;
      status: "done" | "failed" | "cancelled";
      attempts: number;
      startedAt: number | null;
      /** Null for a task that is done. */
      error: EdenError | null;
    }
  | { type: "limit-changed"; at: number; from: number; to: number; governor: Governor; reason: string }
  | { type: "breached"; at: number; breach: Breach };

export type Governor = "descriptors" | "load" | "memory" | "throttle" | "throughput";

/**
 * An exceeded budget; `limit` and `observed` are in its own unit: milliseconds, repositories,
 * bytes.
 */
export interface Breach {
  budget: "deadline" | "failures" | "download";
  limit: number;
  observed: number;
}
