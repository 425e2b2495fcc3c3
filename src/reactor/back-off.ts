/** The wait after failures of one kind, in milliseconds. */
export interface BackOff {
  firstMs: number;
  mostMs: number;
}

/** For temporary failures: an interrupted connection, a 502. */
export const TRANSIENT: BackOff = { firstMs: 500, mostMs: 30_000 };

/** For servers that throttle. */
export const THROTTLED: BackOff = { firstMs: 1_000, mostMs: 60_000 };

/** For a missing descriptor or process: the shortage lasts as long as another task. */
export const EXHAUSTED: BackOff = { firstMs: 100, mostMs: 2_000 };

/**
 * Full jitter: a random wait between 0 and `first * 2^failures`, at most `most`. Waits that are
 * random over the whole range spread colliding clients best (Brooker, "Exponential Backoff And
 * Jitter", AWS Architecture Blog, 2015). The wait is never shorter than the server requested.
 *
 * @param failures failures so far, from 1.
 * @param random a number in [0, 1).
 */
export function backOffMs(kind: BackOff, failures: number, random: number, askedMs = 0): number {
  const ceiling = Math.min(kind.mostMs, kind.firstMs * 2 ** Math.max(0, failures - 1));
  return Math.max(askedMs, Math.round(ceiling * random));
}
