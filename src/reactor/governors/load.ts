import { within, type Bounds, type Sample, type Verdict } from "./governor.js";

/** Thresholds in percent and in waiting tasks. */
export interface LoadThresholds {
  memoryHigh: number;
  cpuLow: number;
  cpuHigh: number;
  queueLow: number;
  queueHigh: number;
}

/** A longer queue raises the limit a little, whatever the processor usage is. */
const QUEUE_MODERATE = 5;

/**
 * The load rules, the first that applies: memory above its threshold → 2 less; a busy processor and
 * a short queue → 2 less; an idle processor and a long queue → 4 more; a moderate queue → 2 more;
 * else unchanged. The governor is a brake: it requests nothing until it has lowered the limit once,
 * and stops when it is back at the ceiling.
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

  /** @returns null if the sample changes nothing. */
  observe(sample: Sample): Verdict | null {
    const { change, reason } = loadRule(this.thresholds, sample);
    const from = change < 0 ? Math.min(this.#limit, sample.limit) : this.#limit;
    const limit = within(this.bounds, from + change);
    if (limit === this.#limit) return null;
    this.#limit = limit;
    return { governor: "load", limit, reason };
  }
}

/** The rule that applies to a sample: the change of the limit, and the reason. */
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
