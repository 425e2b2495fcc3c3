/** Number of parallel flushes: the size of Node's thread pool. */
const AT_ONCE = 4;

/**
 * Limits the files and directories that are synced to disk in parallel, over all skills of a run:
 * each needs an open descriptor.
 */
export class FlushWindow {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** Runs an operation that opens one file or directory at a time, as soon as a slot is free. */
  async run(work: () => Promise<void>): Promise<void> {
    if (this.#running >= AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running++;
    try {
      await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}
