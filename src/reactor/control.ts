import type { Clock } from "../system/clock.js";
import type { ReactorEvent } from "./events.js";
import { DescriptorsGovernor } from "./governors/descriptors.js";
import type { Bounds, Sample } from "./governors/governor.js";
import { LoadGovernor, type LoadThresholds } from "./governors/load.js";
import { MemoryGovernor } from "./governors/memory.js";
import { roomFor, type Resource, type Room } from "./governors/room.js";
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
  /** What may run short, as far as it can be told. */
  resources: readonly Resource[];
  clock: Clock;
  readLoad(): MachineLoad;
  emit(event: ReactorEvent): void;
}

/** All that moves the limits of one run: governors, the gates of the hosts, and the monitor that feeds them. It ends with the run. */
export class Control {
  readonly gates: HostGates | null;
  /** What the start-up check found to be short, the scarcest first; empty when everything fits. */
  readonly scarce: readonly Room[] = [];
  readonly #regulator: Regulator;
  readonly #descriptors: DescriptorsGovernor;
  readonly #governors: { observe(sample: Sample): ReturnType<MemoryGovernor["observe"]> }[] = [];
  readonly #over = new AbortController();
  #completed = 0;

  constructor(
    private readonly limiter: Limiter,
    private readonly settings: ControlSettings,
  ) {
    const { requested, minimum, ceiling, adaptive, thresholds, resources, clock, emit } = settings;
    const bounds: Bounds = { minimum, ceiling };
    this.#regulator = new Regulator(limiter, bounds, emit);
    this.#descriptors = new DescriptorsGovernor(ceiling);
    this.gates = adaptive ? new HostGates(clock, emit) : null;
    if (adaptive) this.#governors.push(new MemoryGovernor(thresholds.memoryHigh, bounds));
    if (adaptive && requested === "auto") {
      this.#governors.push(new LoadGovernor(thresholds, bounds), new ThroughputGovernor(limiter.maxPermits, bounds));
    }
    if (requested === "auto") this.#regulator.start("throughput", limiter.maxPermits);
    const rooms = resources.map((resource) => roomFor(ceiling, resource)).filter(({ fits }) => fits < ceiling);
    const [tightest, ...others] = rooms.toSorted((a, b) => a.fits - b.fits);
    if (tightest === undefined) return;
    // For "auto" the highest limit is a wish; only a clamp of the first one is worth a warning.
    const worthTelling = ({ fits }: Room) => requested !== "auto" || fits < limiter.maxPermits;
    this.scarce = [tightest, ...others].filter(worthTelling);
    const reason = `${tightest.limit} ${tightest.name}, ${tightest.needed} needed`;
    // Nothing has run under another limit, however long it took to look.
    this.#regulator.apply(this.#descriptors.clamp(tightest.fits, reason), 0);
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
    const { clock, intervalMs, requested } = this.settings;
    // A run of a hundred repositories lasts a few seconds: what is lost before the first look is never made up for.
    let waitMs = requested === "auto" ? intervalMs / 2 : intervalMs;
    for (;;) {
      try {
        await clock.sleep(waitMs, this.#over.signal);
      } catch {
        return;
      }
      waitMs = intervalMs;
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
