import type { Sample } from "../../src/reactor/governors/governor.js";

/** Latency of tasks between two samples, by Little's law: in flight divided by completions a second. */
export class Latency {
  #last: Sample | null = null;
  #shortest = Number.POSITIVE_INFINITY;

  /** Seconds; null when too little has ended to tell. */
  observe(sample: Sample): { present: number; shortest: number; rate: number } | null {
    const last = this.#last;
    this.#last = sample;
    if (last === null || sample.completed - last.completed < 2) return null;
    const rate = ((sample.completed - last.completed) * 1000) / (sample.at - last.at);
    const present = (last.inFlight + sample.inFlight) / 2 / rate;
    this.#shortest = Math.min(this.#shortest, present);
    return { present, shortest: this.#shortest, rate };
  }
}
