/** Number of parallel operations: the size of Node's thread pool. */
const AT_ONCE = 4;

/** Operations that wait; with more, the caller that adds one waits. */
const MOST_WAITING = 64;

/**
 * Limits what is written to the file system in parallel: each operation holds a descriptor, or two
 * while it copies a file.
 */
export class WriteWindow {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** True while so many operations wait that a new one should be awaited before the next is added. */
  get isFull(): boolean {
    return this.#waiting.length >= MOST_WAITING;
  }

  /** Runs an operation as soon as a slot is free. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running++;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}
