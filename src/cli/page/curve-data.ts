/** Step curves on one time axis, as columns of equal length: each value holds until the next time. */
export interface Curves {
  /** Milliseconds since the run began, ascending. */
  times: number[];
  inFlight: number[];
  limit: number[];
  /** The new limit where it was changed, else null. */
  changes: (number | null)[];
}
