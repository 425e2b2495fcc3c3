import type { Verdict } from "./governor.js";

/** Milliseconds without exhaustion after which one permit is given back, and then one more. */
export const QUIET_MS = 2_000;

/**
 * Lowers the limit when descriptors or processes run out, and lets it grow back one permit at a time once it is quiet. It may go
 * below every configured minimum, to 1: a run that creeps is better than one that hangs.
 */
export class DescriptorsGovernor {
  #ceiling: number;
  #limit: number;
  #lastCut = Number.NEGATIVE_INFINITY;
  #quietSince = 0;

  /** @param ceiling the limit that was asked for; what the governor returns to. */
  constructor(ceiling: number) {
    this.#ceiling = ceiling;
    this.#limit = ceiling;
  }

  get limit(): number {
    return this.#limit;
  }

  /** The start-up check found that no more than `fits` can run at once: that is the ceiling from now on. */
  clamp(fits: number, reason: string): Verdict {
    this.#ceiling = fits;
    this.#limit = fits;
    return { governor: "descriptors", limit: fits, reason };
  }

  /**
   * An attempt failed for want of a descriptor or a process: a cut by a quarter, at least by one. Attempts that began before the last
   * cut tell nothing about the limit after it, so a wave of failures cuts once.
   * @param startedAt when that attempt began; ms.
   * @param inForce the limit in force.
   * @returns null when nothing changes.
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

  /** Called now and then: gives one permit back after each quiet spell. */
  tick(at: number): Verdict | null {
    if (this.#limit >= this.#ceiling || at - this.#quietSince < QUIET_MS) return null;
    this.#quietSince = at;
    this.#limit++;
    return { governor: "descriptors", limit: this.#limit, reason: `quiet for ${QUIET_MS / 1000} s` };
  }
}
