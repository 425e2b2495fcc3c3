/** The right to run one task; release it exactly once. */
export interface Permit {
  release(): void;
}

/** The order of waiters: the higher priority first, then the lower index. */
export interface Place {
  priority: number;
  index: number;
}

interface Waiter extends Place {
  signal: AbortSignal | undefined;
  grant(permit: Permit): void;
  refuse(reason: unknown): void;
}

/**
 * A counting semaphore that can be resized while it is in use. Shrinking never takes a permit back:
 * the surplus ends as permits are released. Every waiter gets a permit or is rejected by its
 * signal.
 */
export class Limiter {
  #maxPermits: number;
  #inUse = 0;
  #granted = 0;
  #waiters: Waiter[] = [];
  readonly #watches = new Map<AbortSignal, { waiting: number; refuseAll(): void }>();

  /** @param permits at least 1. */
  constructor(permits: number) {
    this.#maxPermits = Math.max(1, Math.trunc(permits) || 1);
  }

  /** Permits that may be held at once. */
  get maxPermits(): number {
    return this.#maxPermits;
  }

  /** Permits that could be granted now; never negative, even while a surplus drains. */
  get availablePermits(): number {
    return Math.max(0, this.#maxPermits - this.#inUse);
  }

  get inUse(): number {
    return this.#inUse;
  }

  /** The number of permits granted so far. If it is unchanged, no task began since. */
  get granted(): number {
    return this.#granted;
  }

  get waiting(): number {
    return this.#waiters.length;
  }

  /**
   * Waits for a permit.
   * @throws the signal's reason if it is aborted before the permit is granted.
   */
  async acquire(place: Place, signal?: AbortSignal): Promise<Permit> {
    signal?.throwIfAborted();
    if (this.#inUse < this.#maxPermits) return this.#permit();
    return await new Promise<Permit>((grant, refuse) => {
      this.#enqueue({ ...place, signal, grant, refuse });
      if (signal !== undefined) this.#watch(signal);
    });
  }

  /**
   * Lowers the limit, to no less than 1.
   * @returns the difference.
   */
  reducePermits(count: number): number {
    const before = this.#maxPermits;
    this.#maxPermits = Math.max(1, before - Math.max(0, Math.trunc(count)));
    return before - this.#maxPermits;
  }

  /** Raises the limit and grants permits to waiters. */
  addPermits(count: number): void {
    this.#maxPermits += Math.max(0, Math.trunc(count));
    this.#grant();
  }

  /** One listener for all waiters with the same signal: a thousand listeners would be expensive. */
  #watch(signal: AbortSignal): void {
    const watch = this.#watches.get(signal);
    if (watch !== undefined) {
      watch.waiting++;
      return;
    }
    const refuseAll = () => {
      const refused = this.#waiters.filter((waiter) => waiter.signal === signal);
      this.#waiters = this.#waiters.filter((waiter) => waiter.signal !== signal);
      this.#watches.delete(signal);
      for (const { refuse } of refused) refuse(signal.reason);
    };
    this.#watches.set(signal, { waiting: 1, refuseAll });
    signal.addEventListener("abort", refuseAll, { once: true });
  }

  /** A waiter with this signal has left; the last one removes the listener. */
  #unwatch(signal: AbortSignal): void {
    const watch = this.#watches.get(signal);
    if (watch === undefined || --watch.waiting > 0) return;
    this.#watches.delete(signal);
    signal.removeEventListener("abort", watch.refuseAll);
  }

  #enqueue(waiter: Waiter): void {
    const before = (other: Waiter) =>
      other.priority > waiter.priority || (other.priority === waiter.priority && other.index <= waiter.index);
    const position = this.#waiters.findLastIndex(before) + 1;
    this.#waiters.splice(position, 0, waiter);
  }

  #grant(): void {
    while (this.#inUse < this.#maxPermits) {
      const waiter = this.#waiters.shift();
      if (waiter === undefined) return;
      if (waiter.signal !== undefined) this.#unwatch(waiter.signal);
      waiter.grant(this.#permit());
    }
  }

  #permit(): Permit {
    this.#inUse++;
    this.#granted++;
    let out = true;
    return {
      release: () => {
        if (!out) return;
        out = false;
        this.#inUse--;
        this.#grant();
      },
    };
  }
}
