/** From this many at once on, a refusal halves; below it the truth is near and one less is enough. */
const HALVE_FROM = 8;

/** Milliseconds for which a number of requests that was refused is not tried again. */
const REMEMBER_MS = 30_000;

/**
 * How many tasks one host bears at once. Unlimited until it refuses for the first time; then fewer (multiplicative decrease), and one more
 * after every two rounds without a refusal (additive increase), but not up to what was refused a short while ago.
 */
export class ThrottleGovernor {
  #limit: number | null = null;
  #refused = { limit: Number.POSITIVE_INFINITY, at: Number.NEGATIVE_INFINITY };
  #successes = 0;

  /** null while the host has not refused anything. */
  get limit(): number | null {
    return this.#limit;
  }

  /**
   * The host refused an attempt.
   * @param inFlight the most tasks at that host while this attempt ran: no fewer than it had to serve when it refused. So the limit never
   *   falls below what the host bears, and a wave of refusals that began before the last cut, or beside what was under way then, cuts once.
   * @returns the new limit, or null when nothing changes.
   */
  throttled(at: number, inFlight: number): number | null {
    this.#successes = 0;
    const next = Math.max(1, inFlight >= HALVE_FROM ? Math.floor(inFlight / 2) : inFlight - 1);
    if (this.#limit !== null && next >= this.#limit) return null;
    this.#refused = { limit: inFlight, at };
    this.#limit = next;
    return next;
  }

  /** The host served a task. @returns the new limit, or null when nothing changes. */
  succeeded(at: number): number | null {
    if (this.#limit === null || ++this.#successes < 2 * this.#limit) return null;
    this.#successes = 0;
    const next = this.#limit + 1;
    if (next >= this.#refused.limit && at - this.#refused.at < REMEMBER_MS) return null;
    this.#limit = next;
    return next;
  }
}
