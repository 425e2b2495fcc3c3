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

/** What a start-up check comes to. */
export interface DescriptorFit {
  /** How many tasks fit; at least 1. */
  fits: number;
  /** The soft limit that the requested number would need. */
  needed: number;
}

/** Descriptors that one task may hold in this process at once: three pipes, its lock, a file being written, and what execa adds. */
export const DESCRIPTORS_PER_TASK = 8;

/** Descriptors kept free for what is no task: loading code, the lockfile, the report. */
export const DESCRIPTORS_RESERVED = 12;

/**
 * How many tasks fit below the soft limit of open files.
 * @param limit the soft limit.
 * @param inUse descriptors that are open now.
 */
export function fitDescriptors(requested: number, limit: number, inUse: number): DescriptorFit {
  const free = limit - inUse - DESCRIPTORS_RESERVED;
  return {
    fits: Math.max(1, Math.min(requested, Math.floor(free / DESCRIPTORS_PER_TASK))),
    needed: inUse + DESCRIPTORS_RESERVED + requested * DESCRIPTORS_PER_TASK,
  };
}
