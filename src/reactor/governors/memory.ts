import { within, type Bounds, type Sample, type Verdict } from "./governor.js";

/**
 * How far memory usage must fall below the threshold before a permit is given back; percent.
 * Without it the limit would oscillate at the threshold.
 */
const RELIEF_PERCENT = 5;

/**
 * Lowers even a fixed limit while memory usage is above its threshold: by two per sample, and back
 * by one per sample once it is clearly below.
 */
export class MemoryGovernor {
  #limit: number;

  constructor(
    private readonly memoryHigh: number,
    private readonly bounds: Bounds,
  ) {
    this.#limit = bounds.ceiling;
  }

  get limit(): number {
    return this.#limit;
  }

  /** @returns null if the sample changes nothing. */
  observe({ memoryPercent, limit: inForce }: Sample): Verdict | null {
    const limit = within(this.bounds, this.#next(memoryPercent, inForce));
    if (limit === this.#limit) return null;
    this.#limit = limit;
    return { governor: "memory", limit, reason: `memory ${Math.round(memoryPercent)} %` };
  }

  #next(memoryPercent: number, inForce: number): number {
    if (memoryPercent > this.memoryHigh) return Math.min(this.#limit, inForce) - 2;
    return memoryPercent < this.memoryHigh - RELIEF_PERCENT ? this.#limit + 1 : this.#limit;
  }
}
