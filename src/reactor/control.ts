import type { Clock } from "../system/clock.js";
import type { ReactorEvent } from "./events.js";
import { DescriptorsGovernor, fitDescriptors, type DescriptorFit } from "./governors/descriptors.js";
import type { Bounds, Sample } from "./governors/governor.js";
import { LoadGovernor, type LoadThresholds } from "./governors/load.js";
import { MemoryGovernor } from "./governors/memory.js";
import { ThroughputGovernor } from "./governors/throughput.js";
import { HostGates } from "./host-gates.js";
import type { Limiter } from "./limiter.js";
import { Regulator } from "./regulator.js";

/** What a monitor reads of the machine: percent. */
export interface MachineLoad {
  cpuPercent: number;
  memoryPercent: number;
}

export interface ControlSettings {
  /** "auto" lets load and throughput move the limit; a number leaves it to memory, hosts and descriptors. */
  requested: number | "auto";
  /** The lowest that any governor but the one of descriptors may ask for. */
  minimum: number;
  /** The highest; what was asked for, or 100 for "auto". */
  ceiling: number;
  /** false: only the exhaustion of descriptors may lower the limit. */
  adaptive: boolean;
  thresholds: LoadThresholds;
  /** Milliseconds between two looks at the machine. */
  intervalMs: number;
  /** Soft limit of open files and how many are open; null where that cannot be told. */
  descriptors: { limit: number; inUse: number } | null;
  clock: Clock;
  readLoad(): MachineLoad;
  emit(event: ReactorEvent): void;
}

/** All that moves the limits of one run: governors, the gates of the hosts, and the monitor that feeds them. It ends with the run. */
export class Control {
  readonly gates: HostGates | null;
  /** What the start-up check found; null when everything fits. */
  readonly tooFewDescriptors: DescriptorFit | null = null;
  readonly #regulator: Regulator;
  readonly #descriptors: DescriptorsGovernor;
  readonly #governors: { observe(sample: Sample): ReturnType<MemoryGovernor["observe"]> }[] = [];
  readonly #over = new AbortController();
  #completed = 0;

  constructor(
    private readonly limiter: Limiter,
    private readonly settings: ControlSettings,
  ) {
    const { requested, minimum, ceiling, adaptive, thresholds, descriptors, clock, emit } = settings;
    const bounds: Bounds = { minimum, ceiling };
    this.#regulator = new Regulator(limiter, bounds, emit);
    this.#descriptors = new DescriptorsGovernor(ceiling);
    this.gates = adaptive ? new HostGates(clock, emit) : null;
    if (adaptive) this.#governors.push(new MemoryGovernor(thresholds.memoryHigh, bounds));
    if (adaptive && requested === "auto") {
      this.#governors.push(new LoadGovernor(thresholds, bounds), new ThroughputGovernor(limiter.maxPermits, bounds));
    }
    if (requested === "auto") this.#regulator.start("throughput", limiter.maxPermits);
    const fit = descriptors === null ? null : fitDescriptors(ceiling, descriptors.limit, descriptors.inUse);
    if (fit !== null && fit.fits < ceiling) {
      // For "auto" the highest limit is a wish; only a clamp of the first one is worth a warning.
      if (requested !== "auto" || fit.fits < limiter.maxPermits) this.tooFewDescriptors = fit;
      const reason = `${descriptors?.limit} open files, ${fit.needed} needed`;
      this.#regulator.apply(this.#descriptors.clamp(fit.fits, reason), clock.now());
    }
  }

  /** Begins to look at the machine. */
  start(): void {
    void this.#watch();
  }

  /** Ends the monitor. */
  end(): void {
    this.#over.abort();
  }

  /** An attempt failed for want of a descriptor or a process. @param startedAt when it began; ms. */
  exhausted(startedAt: number, cause: string): void {
    const at = this.settings.clock.now();
    this.#regulator.apply(this.#descriptors.exhausted(at, startedAt, this.limiter.maxPermits, cause), at);
  }

  /** A task has ended, however. */
  completed(): void {
    this.#completed++;
  }

  async #watch(): Promise<void> {
    const { clock, intervalMs } = this.settings;
    for (;;) {
      try {
        await clock.sleep(intervalMs, this.#over.signal);
      } catch {
        return;
      }
      this.#look(clock.now());
    }
  }

  #look(at: number): void {
    this.#regulator.apply(this.#descriptors.tick(at), at);
    if (this.#governors.length === 0) return;
    const { waiting: queueDepth, inUse: inFlight, maxPermits } = this.limiter;
    const load = this.settings.readLoad();
    for (const governor of this.#governors) {
      const sample = { at, ...load, queueDepth, inFlight, limit: maxPermits, completed: this.#completed };
      this.#regulator.apply(governor.observe(sample), at);
    }
  }
}
