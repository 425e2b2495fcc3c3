/** Bytes that leave in one turn. */
const PIECE = 16_384;

/** Milliseconds that a late timer, or a writer that is not back yet, may make up for. */
const LATE_MS = 5;

/** A line of limited speed: the answers of a server take turns on it, a piece of 16 KiB each. */
export class Line {
  readonly #waiting = new Set<{ bytes: number; start: () => void }>();
  #freeAt = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param bytesPerSecond may be changed at any time; `Infinity` is a line without a limit. */
  constructor(public bytesPerSecond: number) {}

  /** The same bytes at the pace of the line. @throws the signal's reason when the reader leaves; its turn is free then. */
  async *paced(body: AsyncIterable<Buffer>, signal: AbortSignal): AsyncGenerator<Buffer> {
    for await (const chunk of body) {
      const size = this.bytesPerSecond === Infinity ? chunk.length : PIECE;
      for (let at = 0; at < chunk.length; at += size) {
        const piece = chunk.subarray(at, at + size);
        if (this.bytesPerSecond !== Infinity) await this.#turn(piece.length, signal);
        yield piece;
      }
    }
  }

  #turn(bytes: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(turn);
        reject(signal.reason);
      };
      const start = (): void => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      const turn = { bytes, start };
      if (signal.aborted) return leave();
      signal.addEventListener("abort", leave, { once: true });
      if (this.#waiting.size === 0) this.#freeAt = Math.max(this.#freeAt, performance.now() - LATE_MS);
      this.#waiting.add(turn);
      this.#send();
    });
  }

  /** Starts every turn whose time has come. */
  #send(): void {
    const now = performance.now();
    for (const turn of this.#waiting) {
      if (this.#freeAt > now) break;
      this.#waiting.delete(turn);
      this.#freeAt += (1000 * turn.bytes) / this.bytesPerSecond;
      turn.start();
    }
    if (this.#waiting.size === 0 || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#send();
    }, this.#freeAt - now);
  }
}
