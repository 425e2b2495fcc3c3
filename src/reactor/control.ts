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

/** The values that a monitor reads from the machine, in percent. */
export interface MachineLoad {
  cpuPercent: number;
  memoryPercent: number;
}

export interface ControlSettings {
  /**
   * With "auto", load and throughput change the limit; with a number, only memory, hosts and
   * descriptors do.
   */
  requested: number | "auto";
  /** The minimum for every governor except descriptors. */
  minimum: number;
  /** The maximum: the requested number, or 100 for "auto". */
  ceiling: number;
  /** false: only exhausted descriptors may lower the limit. */
  adaptive: boolean;
  thresholds: LoadThresholds;
  /** Milliseconds between two samples of the machine. */
  intervalMs: number;
  /** Resources that may run short, as far as they are known. */
  resources: readonly Resource[];
  clock: Clock;
  readLoad(): MachineLoad;
  emit(event: ReactorEvent): void;
}

/**
 * Everything that changes the limits of one run: governors, gates of hosts, and the monitor that
 * feeds them. The monitor runs in Phase A only; in Phase B the limit can fall but not rise.
 */
export class Control {
  readonly gates: HostGates | null;
  /**
   * Resources that the start-up check found to be short, the scarcest first; empty if everything
   * fits.
   */
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
    // For "auto" the maximum is optional; only a clamp of the initial limit needs a warning.
    const worthTelling = ({ fits }: Room) => requested !== "auto" || fits < limiter.maxPermits;
    this.scarce = [tightest, ...others].filter(worthTelling);
    const reason = `${tightest.limit} ${tightest.name}, ${tightest.needed} needed`;
    // No task has run under another limit, however long the check took.
    this.#regulator.apply(this.#descriptors.clamp(tightest.fits, reason), 0);
  }

  /** Starts the monitor. */
  start(): void {
    void this.#watch();
  }

  /** Ends the monitor. */
  end(): void {
    this.#over.abort();
  }

  /**
   * An attempt failed because a descriptor or a process was not available.
   * @param startedAt its start time, in ms.
   */
  exhausted(startedAt: number, cause: string): void {
    const at = this.settings.clock.now();
    this.#regulator.apply(this.#descriptors.exhausted(at, startedAt, this.limiter.maxPermits, cause), at);
  }

  /** A task has ended, with any outcome. */
  completed(): void {
    this.#completed++;
  }

  async #watch(): Promise<void> {
    const { clock, intervalMs, requested } = this.settings;
    // A run of a hundred repositories takes a few seconds: time lost before the first sample cannot
    // be recovered.
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
