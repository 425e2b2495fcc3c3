/**
 * A text with changes at some positions; everything else stays byte for byte. Positions refer to
 * the original text.
 */
export class TomlText {
  readonly #splices: { start: number; end: number; text: string }[] = [];

  constructor(readonly original: string) {}

  /** The line ending of the file. */
  get newline(): string {
    return this.original.includes("\r\n") ? "\r\n" : "\n";
  }

  replace(start: number, end: number, text: string): void {
    this.#splices.push({ start, end, text });
  }

  insert(at: number, text: string): void {
    this.replace(at, at, text);
  }

  /** The position of the first character of the line that contains `at`. */
  lineStart(at: number): number {
    return this.original.lastIndexOf("\n", at - 1) + 1;
  }

  /**
   * The position after the newline that ends the line of `at`; the end of the text for the last
   * line.
   */
  lineEnd(at: number): number {
    const newline = this.original.indexOf("\n", at);
    return newline === -1 ? this.original.length : newline + 1;
  }

  /** Inserts lines after the line of `at`, with the line ending of the file. */
  insertLinesAfter(at: number, lines: readonly string[]): void {
    const end = this.lineEnd(at);
    const text = lines.map((line) => `${line}${this.newline}`).join("");
    const isEnded = end === 0 || this.original[end - 1] === "\n";
    this.insert(end, isEnded ? text : `${this.newline}${text}`);
  }

  /**
   * Removes whole lines, and the blank lines after them if there are also blank lines (or nothing)
   * before them.
   */
  removeLines(start: number, end: number): void {
    const from = this.lineStart(start);
    let to = this.lineEnd(Math.max(start, end - 1));
    const isBlank = (line: string) => line.trim() === "";
    const before = this.original.slice(0, from).split("\n").at(-2);
    if (before === undefined || isBlank(before)) {
      while (to < this.original.length && isBlank(this.original.slice(to, this.lineEnd(to)))) to = this.lineEnd(to);
    }
    // At the end of a file, the blank lines before the removed ones are removed as well.
    const apart = to < this.original.length ? null : /(?:\r?\n[ \t]*)+$/u.exec(this.original.slice(0, from));
    this.replace(apart === null ? from : this.lineEnd(apart.index), to, "");
  }

  toString(): string {
    let text = this.original;
    const ordered = this.#splices.map((splice, order) => ({ ...splice, order }));
    // Applied from the end to the beginning; of two insertions at one position the later one comes
    // second.
    ordered.sort((a, b) => b.start - a.start || b.order - a.order);
    for (const { start, end, text: replacement } of ordered)
      text = text.slice(0, start) + replacement + text.slice(end);
    return text;
  }
}
