import { isUtf8 } from "node:buffer";

/** The text of one file, with a mapping from offsets to lines. */
export class SkillText {
  /** True for a text that people read: Markdown, HTML, plain text. */
  readonly isDocument: boolean;
  /** The text with lines joined that end in a backslash; offsets are those of the text. */
  readonly joined: string;
  /** Offsets of the beginnings of lines. */
  readonly #starts: number[] = [0];

  constructor(
    readonly path: string,
    readonly text: string,
  ) {
    this.isDocument = /\.(?:md|mdx|markdown|txt|rst|adoc|html?)$/iu.test(path);
    this.joined = text.replace(/\\\r?\n/g, (end) => " ".repeat(end.length));
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) this.#starts.push(at + 1);
  }

  /** The line of an offset, from 1. */
  lineOf(offset: number): number {
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  }

  /** The column of an offset, from 1, in UTF-16 units. */
  columnOf(offset: number): number {
    return offset - (this.#starts[this.lineOf(offset) - 1] ?? 0) + 1;
  }

  /** All lines, each with the offset of its beginning. */
  *lines(): Generator<{ offset: number; line: string }> {
    for (const [index, offset] of this.#starts.entries()) {
      const next = this.#starts[index + 1];
      yield { offset, line: this.text.slice(offset, next === undefined ? undefined : next - 1).replace(/\r$/u, "") };
    }
  }
}

/** True for binary content: a NUL byte near its beginning, or bytes that are not UTF-8. */
export function isBinary(content: Buffer): boolean {
  const beginning = content.subarray(0, 8000);
  if (beginning.includes(0)) return true;
  if (isUtf8(beginning)) return false;
  try {
    // The last character of the examined part may be cut.
    new TextDecoder("utf-8", { fatal: true }).decode(beginning, { stream: true });
    return false;
  } catch {
    return true;
  }
}

/** `U+200B`. */
export function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

/**
 * Sanitizes a foreign name (of a tool, a program) for display: no invisible characters, limited
 * length.
 */
export function shownName(name: string): string {
  const shown = withoutInvisible(name.slice(0, 60));
  return name.length > 60 ? `${shown}…` : shown;
}

/** Writes every invisible or unprintable character of a text as `U+200B`; blanks stay. */
export function withoutInvisible(text: string): string {
  return text.replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]|[\u115f\u1160\u3164\uffa0]|[\ufe00-\ufe0f]/gu, codePoint);
}
