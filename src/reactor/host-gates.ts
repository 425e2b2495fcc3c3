import type { Clock } from "../system/clock.js";
import type { ReactorEvent } from "./events.js";
import { ThrottleGovernor } from "./governors/throttle.js";
import { Limiter, type Permit, type Place } from "./limiter.js";

/** More permits than tasks: an open gate. */
const OPEN = 1_000_000;

/** One attempt at a host, from the time when its permits are granted. */
interface Attempt {
  /**
   * The highest number of attempts at that host while this one ran. A refusal refers to this
   * number, since the others may have ended when it arrives.
   */
  most: number;
}

interface Gate {
  limiter: Limiter;
  governor: ThrottleGovernor;
  /** Attempts at that host now; holders of a permit may still wait for the global one. */
  running: Set<Attempt>;
}

/** The result of an attempt at a host, reported while its permits are still held. */
export interface HostAttempt {
  /** The host refused it because there were too many. */
  throttled(reason: string): void;
  /** The host served it. */
  succeeded(): void;
  /** It has ended, with any result. */
  end(): void;
}

/** One gate per host, open until the host refuses an attempt. Other hosts are not affected. */
export class HostGates {
  readonly #gates = new Map<string, Gate>();

  constructor(
    private readonly clock: Clock,
    private readonly emit: (event: ReactorEvent) => void,
  ) {}

  /** Waits for a permit of that host. @throws the signal's reason if it is aborted first. */
  async acquire(host: string, place: Place, signal: AbortSignal): Promise<Permit> {
    return await this.#gate(host).limiter.acquire(place, signal);
  }

  /** An attempt at that host begins. */
  begin(host: string): HostAttempt {
    const gate = this.#gate(host);
    const attempt: Attempt = { most: 0 };
    gate.running.add(attempt);
    for (const one of gate.running) one.most = Math.max(one.most, gate.running.size);
    return {
      throttled: (reason) => this.#throttled(host, gate, attempt, reason),
      succeeded: () => this.#succeeded(host, gate),
      end: () => void gate.running.delete(attempt),
    };
  }

  #throttled(host: string, { limiter, governor }: Gate, { most }: Attempt, reason: string): void {
    const from = Math.min(limiter.maxPermits, most);
    const to = governor.throttled(this.clock.now(), most);
    if (to !== null) this.#resize(limiter, { from, to, reason: `${host}: ${reason}` });
  }

  #succeeded(host: string, { limiter, governor }: Gate): void {
    const from = limiter.maxPermits;
    const to = governor.succeeded(this.clock.now());
    if (to !== null) this.#resize(limiter, { from, to, reason: `${host}: served without a refusal` });
  }

  #resize(limiter: Limiter, change: { from: number; to: number; reason: string }): void {
    const { to } = change;
    if (to < limiter.maxPermits) limiter.reducePermits(limiter.maxPermits - to);
    else limiter.addPermits(to - limiter.maxPermits);
    this.emit({ type: "limit-changed", at: this.clock.now(), governor: "throttle", ...change });
  }

  #gate(host: string): Gate {
    let gate = this.#gates.get(host);
    if (gate === undefined)
      this.#gates.set(
        host,
        (gate = { limiter: new Limiter(OPEN), governor: new ThrottleGovernor(), running: new Set() }),
      );
    return gate;
  }
}
