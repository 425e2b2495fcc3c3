import { within, type Bounds, type Sample, type Verdict } from "../../src/reactor/governors/governor.js";
import { Latency } from "./latency.js";

/**
 * A control law to compare with the one of the program: the limit is scaled by the shortest latency seen divided by the present one, and
 * gets the square root of itself on top, as room for a queue (Netflix' gradient limiter, 2018).
 */
export class ThroughputGovernor {
  #limit: number;
  readonly #latency = new Latency();

  constructor(
    start: number,
    private readonly bounds: Bounds,
  ) {
    this.#limit = within(bounds, start);
  }

  observe(sample: Sample): Verdict | null {
    const seen = this.#latency.observe(sample);
    if (seen === null || sample.queueDepth === 0) return null;
    const gradient = Math.max(0.5, Math.min(1, (1.5 * seen.shortest) / seen.present));
    const next = within(this.bounds, this.#limit * gradient + Math.sqrt(this.#limit));
    if (next === this.#limit) return null;
    this.#limit = next;
    return { governor: "throughput", limit: next, reason: `gradient ${gradient.toFixed(2)}` };
  }
}
