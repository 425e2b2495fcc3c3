import type { Governor, ReactorEvent } from "./events.js";
import type { Bounds, Verdict } from "./governors/governor.js";
import type { Limiter } from "./limiter.js";

/**
 * Sets the limiter to the lowest limit that a governor requests, within the bounds; only the
 * descriptors governor may go below the minimum. Every change is reported with the governor that
 * caused it and its reason.
 */
export class Regulator {
  readonly #asked = new Map<Governor, number>();

  constructor(
    private readonly limiter: Limiter,
    private readonly bounds: Bounds,
    private readonly emit: (event: ReactorEvent) => void,
  ) {}

  /** The initial limit of a governor; the limiter already has it. */
  start(governor: Governor, limit: number): void {
    this.#asked.set(governor, limit);
  }

  /** Applies a verdict. @param at milliseconds on the run's clock. */
  apply(verdict: Verdict | null, at: number): void {
    if (verdict === null) return;
    this.#asked.set(verdict.governor, verdict.limit);
    const from = this.limiter.maxPermits;
    const to = this.#target();
    if (to === from) return;
    if (to < from) this.limiter.reducePermits(from - to);
    else this.limiter.addPermits(to - from);
    this.emit({ type: "limit-changed", at, from, to, governor: verdict.governor, reason: verdict.reason });
  }

  #target(): number {
    const { minimum, ceiling } = this.bounds;
    const lowest = Math.min(
      ceiling,
      ...[...this.#asked].filter(([name]) => name !== "descriptors").map(([, limit]) => limit),
    );
    return Math.max(1, Math.min(Math.max(minimum, lowest), this.#asked.get("descriptors") ?? ceiling));
  }
}
