/** How many are kept: a run reads what was there before it, and what it has written. */
const MOST = 2;

/**
 * The values of the texts that were read or written last: a run reads the same file several times.
 * Values are shared, so they must not be changed.
 */
export class LastValues<T> {
  #values = new Map<string, T>();

  /** The value of a text; undefined if it is not known. */
  of(text: string): T | undefined {
    return this.#values.get(text);
  }

  /** @param value equal to what the text would be parsed to. */
  keep(text: string, value: T): void {
    const others = [...this.#values].filter(([other]) => other !== text);
    this.#values = new Map([...others, [text, value] as const].slice(-MOST));
  }
}
