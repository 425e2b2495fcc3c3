import stringWidth from "fast-string-width";
import type { Palette } from "../terms/colour.js";
import { oneLine } from "./one-line.js";

/** Columns separated by two blanks, each as wide as its widest cell; foreign text is sanitized. */
export function table(rows: readonly string[][]): string[] {
  const cells = rows.map((row) => row.map(oneLine));
  const widths = (cells[0] ?? []).map((_, column) => widest(cells.map((row) => row[column] ?? "")));
  return cells.map((row) =>
    row
      .map((cell, column) => padded(cell, widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/**
 * A table with a head; where it does not fit, each row becomes a block: its first cell, then the
 * others below it, each with the name of its column.
 * @param width columns of the terminal; undefined for none, where lines may have any length.
 */
export function fittedTable(
  head: readonly string[],
  rows: readonly string[][],
  { width, colours }: { width: number | undefined; colours: Palette },
): string[] {
  const [first = "", ...lines] = table([[...head], ...rows]);
  if (!width || widest([first, ...lines]) <= width) return [colours.strong(first), ...lines];
  const label = widest(head.slice(1));
  return rows.flatMap(([title = "", ...cells]) => [
    ...wrapped(oneLine(title), width).map((line) => colours.strong(line)),
    ...cells.flatMap((cell, index) => {
      if (cell === "-") return [];
      const name = padded((head[index + 1] ?? "").toLowerCase(), label);
      const [start = "", ...rest] = wrapped(oneLine(cell), width - label - 4);
      return [`  ${name}  ${start}`, ...rest.map((line) => `${" ".repeat(label + 4)}${line}`)];
    }),
  ]);
}

/** Lines of at most that width, broken at blanks where there are any. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ").flatMap((one) => pieces(one, Math.max(width, 8)))) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && stringWidth(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

/** A word in parts of at most that width. */
function pieces(word: string, width: number): string[] {
  const parts: string[] = [];
  let part = "";
  for (const character of word) {
    if (stringWidth(part + character) > width) {
      parts.push(part);
      part = "";
    }
    part += character;
  }
  return [...parts, part];
}

function padded(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - stringWidth(text)));
}

function widest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map((text) => stringWidth(text)));
}
