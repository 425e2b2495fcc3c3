import type { Clock } from "../../src/system/clock.js";

/** A clock that stands still until a test moves it. What falls due is woken in the order of its time. */
export class VirtualClock implements Clock {
  #now = 0;
  readonly #sleepers: { due: number; wake: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  date(): Date {
    return new Date(Date.UTC(2026, 0, 1) + this.#now);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const sleeper = { due: this.#now + ms, wake: () => settle(resolve) };
      const settle = (act: () => void) => {
        const at = this.#sleepers.indexOf(sleeper);
        if (at !== -1) this.#sleepers.splice(at, 1);
        signal?.removeEventListener("abort", onAbort);
        act();
      };
      const onAbort = () => settle(() => reject(signal?.reason));
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#sleepers.push(sleeper);
    });
  }

  after(ms: number, act: () => void): () => void {
    const sleeper = { due: this.#now + ms, wake: () => (callOff(), act()) };
    const callOff = () => {
      const at = this.#sleepers.indexOf(sleeper);
      if (at !== -1) this.#sleepers.splice(at, 1);
    };
    this.#sleepers.push(sleeper);
    return callOff;
  }

  /** How many sleep now. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  /** When the next one falls due; null when nobody sleeps. */
  get nextDue(): number | null {
    return this.#sleepers.length === 0 ? null : Math.min(...this.#sleepers.map(({ due }) => due));
  }

  /** Moves on by `ms`, waking whoever falls due on the way, and lets each do what follows. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settled();
    for (let due = this.nextDue; due !== null && due <= end; due = this.nextDue) {
      this.#now = Math.max(this.#now, due);
      this.#sleepers.find((sleeper) => sleeper.due === due)?.wake();
      await settled();
    }
    this.#now = end;
  }

  /** Moves on from one waking to the next until nobody sleeps. */
  async run(): Promise<void> {
    await settled();
    for (let due = this.nextDue; due !== null; due = this.nextDue) await this.advance(due - this.#now);
  }
}

/** Resolves when every promise that could settle without time or outside events has. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
