import { within, type Bounds, type Sample, type Verdict } from "./governor.js";

/** Share of the processor, in percent, from which on more tasks at once are not worth trying. */
const CPU_FULL = 85;

/** What a step aims at. More than all there is: tasks start in waves, and too few cost more throughput than too many. */
const CPU_TARGET = 115;

/** At most this much more at a time: a look at the processor is a sample, and the first one is mostly our own start. */
const MOST_GROWTH = 4;

/** A step that lowers the rate of completions below this share of the best one is taken back. */
const WORSE = 0.8;

/** Completions below which a rate says nothing; and there must be one for each task in flight, since tasks that began together end together. */
const FEWEST_COMPLETIONS = 4;

/**
 * Seeks the limit with the highest throughput. Tasks mostly wait for the network; as long as the processor is idle while tasks queue, the
 * limit grows in proportion to what is idle: `limit × target / used`, at most fourfold. A rate of completions that falls after a step
 * takes it back and keeps the limit there. Why not hill climbing or AIMD on latency is told in
 * specs/decisions/0023-control-law-of-auto.md.
 */
export class ThroughputGovernor {
  #limit: number;
  #best = { limit: 0, rate: 0 };
  /** Since when, and from which count on, the rate is taken. */
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

  /** @returns null when the sample changes nothing. */
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
