import type { Governor } from "../events.js";

/** One sample of the monitor. */
export interface Sample {
  /** Milliseconds on the run's clock. */
  at: number;
  /** Of all cores since the last sample; 0–100. */
  cpuPercent: number;
  /** Of the memory this process may use; 0–100. */
  memoryPercent: number;
  /** Tasks that wait for a permit. */
  queueDepth: number;
  inFlight: number;
  /** The limit in force. */
  limit: number;
  /** Tasks that have ended so far. */
  completed: number;
}

/** A limit that a governor requests, and the reason. */
export interface Verdict {
  governor: Governor;
  limit: number;
  reason: string;
}

/** The range in which a governor may request a limit. */
export interface Bounds {
  minimum: number;
  ceiling: number;
}

export function within({ minimum, ceiling }: Bounds, limit: number): number {
  return Math.max(minimum, Math.min(ceiling, Math.trunc(limit)));
}
