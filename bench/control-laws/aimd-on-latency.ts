import { within, type Bounds, type Sample, type Verdict } from "../../src/reactor/governors/governor.js";
import { Latency } from "./latency.js";

/** A control law to compare with the one of the program: two more while the latency stays below twice the shortest, else a tenth less. */
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
    const isSlow = seen.present > 2 * seen.shortest;
    const next = within(this.bounds, isSlow ? this.#limit * 0.9 : this.#limit + 2);
    if (next === this.#limit) return null;
    this.#limit = next;
    return { governor: "throughput", limit: next, reason: `latency ${seen.present.toFixed(2)} s` };
  }
}
