import { within, type Bounds, type Sample, type Verdict } from "./governor.js";

/** Processor usage, in percent, from which on more tasks in parallel do not help. */
const CPU_FULL = 85;

/**
 * The target of a step. It exceeds 100 %: tasks start in waves, and too few cost more throughput
 * than too many.
 */
const CPU_TARGET = 115;

/**
 * The maximum factor of one step: processor usage is a sample, and the first one is mostly our own
 * start-up.
 */
const MOST_GROWTH = 4;

/** A step that lowers the rate of completions below this share of the best one is taken back. */
const WORSE = 0.8;

/**
 * Minimum completions for a rate; there must also be one per task in flight, since tasks that began
 * together end together.
 */
const FEWEST_COMPLETIONS = 4;

/**
 * Searches for the limit with the highest throughput. Tasks mostly wait for the network. As long as
 * the processor is idle while tasks queue, the limit grows in proportion: `limit × target / used`,
 * at most fourfold. If the rate of completions falls after a step, the step is taken back and the
 * limit stays. specs/decisions/0023-control-law-of-auto.md explains why not hill climbing or AIMD
 * on latency.
 */
export class ThroughputGovernor {
  #limit: number;
  #best = { limit: 0, rate: 0 };
  /** Start time and start count of the rate. */
  #since: { at: number; completed: number } | null = null;
  #isSettled = false;

  /** @param start the limit to begin with. */
  constructor(
    start: number,
    private readonly bounds: Bounds,
  ) {
    this.#limit = within(bounds, start);
  }

  get limit(): number {
    return this.#limit;
  }

  /** @returns null if the sample changes nothing. */
  observe(sample: Sample): Verdict | null {
    const verdict = this.#stepBack(sample) ?? this.#grow(sample);
    if (verdict !== null) {
      this.#limit = verdict.limit;
      this.#since = sample;
    }
    return verdict;
  }

  #stepBack({ at, completed, limit, inFlight }: Sample): Verdict | null {
    const last = (this.#since ??= { at, completed });
    if (at <= last.at || completed - last.completed < Math.max(FEWEST_COMPLETIONS, inFlight)) return null;
    this.#since = { at, completed };
    const rate = ((completed - last.completed) * 1000) / (at - last.at);
    if (rate >= this.#best.rate) {
      this.#best = { limit, rate };
      return null;
    }
    if (rate >= this.#best.rate * WORSE || this.#best.limit >= this.#limit || this.#isSettled) return null;
    this.#isSettled = true;
    const reason = `${rate.toFixed(1)} a second, ${this.#best.rate.toFixed(1)} before`;
    return { governor: "throughput", limit: within(this.bounds, this.#best.limit), reason };
  }

  #grow({ cpuPercent, queueDepth, inFlight, limit }: Sample): Verdict | null {
    const isBinding = queueDepth > 0 && inFlight >= limit && limit >= this.#limit;
    if (this.#isSettled || !isBinding || cpuPercent >= CPU_FULL) return null;
    const growth = Math.min(MOST_GROWTH, CPU_TARGET / Math.max(1, cpuPercent));
    const next = within(this.bounds, Math.min(Math.ceil(this.#limit * growth), inFlight + queueDepth));
    if (next <= this.#limit) return null;
    return { governor: "throughput", limit: next, reason: `cpu ${Math.round(cpuPercent)} %, queue ${queueDepth}` };
  }
}
