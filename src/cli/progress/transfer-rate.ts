/** Milliseconds over which a rate is the mean. */
const WINDOW_MS = 5000;

/** Bytes a second of the last five seconds. */
export class TransferRate {
  #samples: { at: number; bytes: number }[] = [];
  #begin: number | null = null;

  /** @param now milliseconds. */
  add(bytes: number, now: number): void {
    this.#begin ??= now;
    this.#samples.push({ at: now, bytes });
    if (this.#samples.length > 500) this.#drop(now);
  }

  /** Null until there is enough to say. */
  perSecond(now: number): number | null {
    this.#drop(now);
    const spanMs = Math.min(WINDOW_MS, now - (this.#begin ?? now));
    if (spanMs < 500) return null;
    return (this.#samples.reduce((sum, { bytes }) => sum + bytes, 0) / spanMs) * 1000;
  }

  #drop(now: number): void {
    this.#samples = this.#samples.filter(({ at }) => at > now - WINDOW_MS);
  }
}
