/** A text that is changed at some places and stays what it is, byte for byte, everywhere else. Positions are those of the text as it was. */
export class TomlText {
  readonly #splices: { start: number; end: number; text: string }[] = [];

  constructor(readonly original: string) {}

  /** What the file ends its lines with. */
  get newline(): string {
    return this.original.includes("\r\n") ? "\r\n" : "\n";
  }

  replace(start: number, end: number, text: string): void {
    this.#splices.push({ start, end, text });
  }

  insert(at: number, text: string): void {
    this.replace(at, at, text);
  }

  /** The position of the first character of the line that `at` lies in. */
  lineStart(at: number): number {
    return this.original.lastIndexOf("\n", at - 1) + 1;
  }

  /** The position after the newline that ends the line of `at`; the end of the text for the last line. */
  lineEnd(at: number): number {
    const newline = this.original.indexOf("\n", at);
    return newline === -1 ? this.original.length : newline + 1;
  }

  /** Lines as the file writes them, put after the line of `at`. */
  insertLinesAfter(at: number, lines: readonly string[]): void {
    const end = this.lineEnd(at);
    const text = lines.map((line) => `${line}${this.newline}`).join("");
    const isEnded = end === 0 || this.original[end - 1] === "\n";
    this.insert(end, isEnded ? text : `${this.newline}${text}`);
  }

  /** Removes whole lines, and the blank ones after them where blank ones (or nothing) stand before them, too. */
  removeLines(start: number, end: number): void {
    const from = this.lineStart(start);
    let to = this.lineEnd(Math.max(start, end - 1));
    const isBlank = (line: string) => line.trim() === "";
    const before = this.original.slice(0, from).split("\n").at(-2);
    if (before === undefined || isBlank(before)) {
      while (to < this.original.length && isBlank(this.original.slice(to, this.lineEnd(to)))) to = this.lineEnd(to);
    }
    // At the end of a file, the blank lines that set the removed ones apart go with them.
    const apart = to < this.original.length ? null : /(?:\r?\n[ \t]*)+$/u.exec(this.original.slice(0, from));
    this.replace(apart === null ? from : this.lineEnd(apart.index), to, "");
  }

  toString(): string {
    let text = this.original;
    const ordered = this.#splices.map((splice, order) => ({ ...splice, order }));
    // From the back to the front; of two insertions at one place the later one comes after the earlier.
    ordered.sort((a, b) => b.start - a.start || b.order - a.order);
    for (const { start, end, text: replacement } of ordered)
      text = text.slice(0, start) + replacement + text.slice(end);
    return text;
  }
}
