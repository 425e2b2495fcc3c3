import type { Clock } from "../system/clock.js";
import type { ReactorEvent } from "./events.js";
import { ThrottleGovernor } from "./governors/throttle.js";
import { Limiter, type Permit, type Place } from "./limiter.js";

/** More permits than there are tasks: a gate that stands open. */
const OPEN = 1_000_000;

interface Gate {
  limiter: Limiter;
  governor: ThrottleGovernor;
  /** Attempts at that host now; holders of a permit may still wait for the global one. */
  running: number;
}

/** One gate per host, open until the host refuses something. Other hosts never notice. */
export class HostGates {
  readonly #gates = new Map<string, Gate>();

  constructor(
    private readonly clock: Clock,
    private readonly emit: (event: ReactorEvent) => void,
  ) {}

  /** Waits for a permit of that host. @throws the signal's reason when it is aborted before. */
  async acquire(host: string, place: Place, signal: AbortSignal): Promise<Permit> {
    return await this.#gate(host).limiter.acquire(place, signal);
  }

  /** An attempt at that host begins; call the answer when it is over. */
  begin(host: string): () => void {
    const gate = this.#gate(host);
    gate.running++;
    return () => void gate.running--;
  }

  /** An attempt at that host was refused for being one too many; call it before the attempt is over. @param startedAt when it began. */
  throttled(host: string, startedAt: number, reason: string): void {
    const { limiter, governor, running } = this.#gate(host);
    const from = Math.min(limiter.maxPermits, running);
    const to = governor.throttled(this.clock.now(), startedAt, running);
    if (to !== null) this.#resize(host, limiter, from, to, reason);
  }

  /** A task at that host was served. */
  succeeded(host: string): void {
    const { limiter, governor } = this.#gate(host);
    const from = limiter.maxPermits;
    const to = governor.succeeded(this.clock.now());
    if (to !== null) this.#resize(host, limiter, from, to, "served without a refusal");
  }

  #resize(host: string, limiter: Limiter, from: number, to: number, reason: string): void {
    if (to < limiter.maxPermits) limiter.reducePermits(limiter.maxPermits - to);
    else limiter.addPermits(to - limiter.maxPermits);
    this.emit({
      type: "limit-changed",
      at: this.clock.now(),
      from,
      to,
      governor: "throttle",
      reason: `${host}: ${reason}`,
    });
  }

  #gate(host: string): Gate {
    let gate = this.#gates.get(host);
    if (gate === undefined)
      this.#gates.set(host, (gate = { limiter: new Limiter(OPEN), governor: new ThrottleGovernor(), running: 0 }));
    return gate;
  }
}
