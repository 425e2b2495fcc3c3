import { within, type Bounds, type Sample, type Verdict } from "./governor.js";

/** Thresholds in percent and in waiting tasks. */
export interface LoadThresholds {
  memoryHigh: number;
  cpuLow: number;
  cpuHigh: number;
  queueLow: number;
  queueHigh: number;
}

/** A queue longer than this calls for a little more, whatever the processor does. */
const QUEUE_MODERATE = 5;

/**
 * The load rules, the first that applies: memory above its mark → 2 less; a busy processor and hardly a queue → 2 less; an idle processor
 * and a long queue → 4 more; a moderate queue → 2 more; else as it is. The governor is a brake: it asks for nothing until it has
 * lowered the limit once, and lets go again when it is back at the ceiling.
 */
export class LoadGovernor {
  #limit: number;

  constructor(
    private readonly thresholds: LoadThresholds,
    private readonly bounds: Bounds,
  ) {
    this.#limit = bounds.ceiling;
  }

  get limit(): number {
    return this.#limit;
  }

  /** @returns null when the sample changes nothing. */
  observe(sample: Sample): Verdict | null {
    const { change, reason } = loadRule(this.thresholds, sample);
    const from = change < 0 ? Math.min(this.#limit, sample.limit) : this.#limit;
    const limit = within(this.bounds, from + change);
    if (limit === this.#limit) return null;
    this.#limit = limit;
    return { governor: "load", limit, reason };
  }
}

/** The rule that applies to a sample: by how much the limit should change, and why. */
export function loadRule(thresholds: LoadThresholds, sample: Sample): { change: number; reason: string } {
  const { memoryHigh, cpuLow, cpuHigh, queueLow, queueHigh } = thresholds;
  const { cpuPercent, memoryPercent, queueDepth } = sample;
  const cpu = `cpu ${Math.round(cpuPercent)} %, queue ${queueDepth}`;
  if (memoryPercent > memoryHigh) return { change: -2, reason: `memory ${Math.round(memoryPercent)} %` };
  if (cpuPercent > cpuHigh && queueDepth < queueLow) return { change: -2, reason: cpu };
  if (cpuPercent < cpuLow && queueDepth > queueHigh) return { change: 4, reason: cpu };
  if (queueDepth > QUEUE_MODERATE) return { change: 2, reason: cpu };
  return { change: 0, reason: cpu };
}
