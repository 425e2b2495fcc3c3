/**
 * From this number of tasks on, a refusal halves the limit; below it the right value is near and
 * one less is enough.
 */
const HALVE_FROM = 8;

/** Milliseconds during which a refused number of requests is not tried again. */
const REMEMBER_MS = 30_000;

/**
 * The number of tasks that one host accepts at once. Unlimited until its first refusal; then fewer
 * (multiplicative decrease), and one more after every two rounds without a refusal (additive
 * increase), but not up to a number that was refused recently.
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
   * @param inFlight the highest number of tasks at that host during this attempt: at least the
   *   number it had to serve when it refused. So the limit never falls below what the host accepts,
   *   and a wave of refusals that began before the last cut, or beside tasks in flight at that
   *   time, cuts once.
   * @returns the new limit, or null if nothing changes.
   */
  throttled(at: number, inFlight: number): number | null {
    this.#successes = 0;
    const next = Math.max(1, inFlight >= HALVE_FROM ? Math.floor(inFlight / 2) : inFlight - 1);
    if (this.#limit !== null && next >= this.#limit) return null;
    this.#refused = { limit: inFlight, at };
    this.#limit = next;
    return next;
  }

  /** The host served a task. @returns the new limit, or null if nothing changes. */
  succeeded(at: number): number | null {
    if (this.#limit === null || ++this.#successes < 2 * this.#limit) return null;
    this.#successes = 0;
    const next = this.#limit + 1;
    if (next >= this.#refused.limit && at - this.#refused.at < REMEMBER_MS) return null;
    this.#limit = next;
    return next;
  }
}
