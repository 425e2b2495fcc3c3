/** What is waited for at once: as many as Node has threads to wait with. */
const AT_ONCE = 4;

/** Bounds the files and directories that wait for the disk at once, over all skills of a run: each is an open descriptor. */
export class FlushWindow {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** Does something that opens one file or directory at a time, when it is its turn. */
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
