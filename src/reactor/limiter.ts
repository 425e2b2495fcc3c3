/** The right to run one task; give it back exactly once. */
export interface Permit {
  release(): void;
}

/** Who goes first among those that wait: the higher priority, then the lower index. */
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
 * A counting semaphore that can be resized while it is in use. Shrinking never takes a permit back: the surplus drains as permits are
 * released. Whoever waits is granted a permit or rejected by its signal, never forgotten.
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

  /** Permits that may be out at once. */
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

  /** Permits ever granted. Unchanged, it tells that nobody began since. */
  get granted(): number {
    return this.#granted;
  }

  get waiting(): number {
    return this.#waiters.length;
  }

  /**
   * Waits for a permit.
   * @throws the signal's reason when it is aborted before the permit was granted.
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
   * Lowers the limit, to 1 at the least.
   * @returns by how much it was lowered.
   */
  reducePermits(count: number): number {
    const before = this.#maxPermits;
    this.#maxPermits = Math.max(1, before - Math.max(0, Math.trunc(count)));
    return before - this.#maxPermits;
  }

  /** Raises the limit and lets waiters in. */
  addPermits(count: number): void {
    this.#maxPermits += Math.max(0, Math.trunc(count));
    this.#grant();
  }

  /** One listener for all that wait under the same signal: a thousand of them would cost more than the waiting. */
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

  /** One that waited under it waits no more; with the last one the listener goes. */
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
