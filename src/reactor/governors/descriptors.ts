import type { Verdict } from "./governor.js";

/** Milliseconds without exhaustion after which each further permit is given back. */
export const QUIET_MS = 2_000;

/**
 * Lowers the limit when descriptors or processes run out, and raises it by one permit per quiet
 * period. It may go below every configured minimum, to 1: a slow run is better than one that hangs.
 */
export class DescriptorsGovernor {
  #ceiling: number;
  #limit: number;
  #lastCut = Number.NEGATIVE_INFINITY;
  #quietSince = 0;

  /** @param ceiling the requested limit, to which the governor returns. */
  constructor(ceiling: number) {
    this.#ceiling = ceiling;
    this.#limit = ceiling;
  }

  get limit(): number {
    return this.#limit;
  }

  /**
   * The start-up check found that at most `fits` tasks can run at once: this is the ceiling from
   * now on.
   */
  clamp(fits: number, reason: string): Verdict {
    this.#ceiling = fits;
    this.#limit = fits;
    return { governor: "descriptors", limit: fits, reason };
  }

  /**
   * An attempt failed because a descriptor or a process was not available: cuts by a quarter, at
   * least by one. Attempts that began before the last cut say nothing about the limit after it, so
   * a wave of failures cuts once.
   * @param startedAt the start time of that attempt, in ms.
   * @param inForce the limit in force.
   * @returns null if nothing changes.
   */
  exhausted(at: number, startedAt: number, inForce: number, cause: string): Verdict | null {
    this.#quietSince = at;
    if (startedAt < this.#lastCut) return null;
    this.#lastCut = at;
    const limit = Math.max(1, inForce - Math.max(1, Math.floor(inForce / 4)));
    if (limit >= this.#limit) return null;
    this.#limit = limit;
    return { governor: "descriptors", limit, reason: cause };
  }

  /** Called periodically: gives one permit back after each quiet period. */
  tick(at: number): Verdict | null {
    if (this.#limit >= this.#ceiling || at - this.#quietSince < QUIET_MS) return null;
    this.#quietSince = at;
    this.#limit++;
    return { governor: "descriptors", limit: this.#limit, reason: `quiet for ${QUIET_MS / 1000} s` };
  }
}
