/** What is waited for at once: as many as Node has threads to wait with. */
const MOST_FILES = 4;

/** Bytes held in memory for it at most; a larger file is written alone. */
const MOST_BYTES = 8 * 1024 * 1024;

/** Bounds the files and directories that wait for the disk at once, over all skills of a run: each is an open descriptor and, maybe, memory. */
export class WriteWindow {
  #files = 0;
  #bytes = 0;
  readonly #waiting: (() => void)[] = [];

  /** Waits until so many more bytes may be written. Every `enter` is followed by one `leave`. */
  async enter(bytes: number): Promise<void> {
    while (this.#files > 0 && (this.#files >= MOST_FILES || this.#bytes + bytes > MOST_BYTES))
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#files++;
    this.#bytes += bytes;
  }

  leave(bytes: number): void {
    this.#files--;
    this.#bytes -= bytes;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Does something that opens one file or directory at a time. */
  async run(work: () => Promise<void>): Promise<void> {
    await this.enter(0);
    try {
      await work();
    } finally {
      this.leave(0);
    }
  }
}
