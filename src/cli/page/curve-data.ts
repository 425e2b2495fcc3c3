/** Step curves on one time axis, as columns of equal length: each value holds until the next time. */
export interface Curves {
  /** Milliseconds since the run began, ascending. */
  times: number[];
  inFlight: number[];
  limit: number[];
  /** The new limit where it was changed, else null. */
  changes: (number | null)[];
}

/** When the parts of a run began and ended, in ms since it began; null for a part it did not have. */
export type Stretches = Record<"sync" | "install", { started_ms: number; ended_ms: number } | null>;
