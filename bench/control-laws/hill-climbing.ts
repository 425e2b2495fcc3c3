import { within, type Bounds, type Sample, type Verdict } from "../../src/reactor/governors/governor.js";
import { Latency } from "./latency.js";

/** A control law to compare with the one of the program: a quarter more as long as the rate of completions rises, else back the other way. */
export class ThroughputGovernor {
  #limit: number;
  #rate = 0;
  #direction = 1;
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
    if (seen.rate < this.#rate * 1.05) this.#direction = -this.#direction;
    this.#rate = seen.rate;
    const step = Math.max(1, this.#limit / 4);
    const next = within(this.bounds, this.#limit + this.#direction * step);
    if (next === this.#limit) return null;
    this.#limit = next;
    return { governor: "throughput", limit: next, reason: `${seen.rate.toFixed(1)} a second` };
  }
}
