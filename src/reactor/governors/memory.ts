import { within, type Bounds, type Sample, type Verdict } from "./governor.js";

/** How far below the mark memory must fall before a permit is given back; percent. Without it the limit would flutter at the mark. */
const RELIEF_PERCENT = 5;

/** Lowers even a fixed limit while memory is above its mark: two less a sample, one more a sample once it has fallen well below. */
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

  /** @returns null when the sample changes nothing. */
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
