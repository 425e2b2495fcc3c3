import stringWidth from "fast-string-width";
import type { Palette } from "../terms/colour.js";
import { oneLine } from "./one-line.js";

/** Columns separated by two blanks, each as wide as its widest cell; foreign text is sanitized. */
export function table(rows: readonly string[][]): string[] {
  const cells = rows.map((row) => row.map(oneLine));
  const widths = widthsOf(cells);
  return cells.map((row) =>
    row
      .map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - stringWidth(cell)))
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
  const widest = Math.max(...[first, ...lines].map((line) => stringWidth(line)));
  if (width === undefined || width === 0 || widest <= width) return [colours.strong(first), ...lines];
  return rows.flatMap(([title = "", ...cells]) => [
    colours.strong(oneLine(title)),
    ...table(cells.flatMap((cell, index) => (cell === "-" ? [] : [[`  ${head[index + 1]?.toLowerCase()}`, cell]]))),
  ]);
}

function widthsOf(cells: readonly string[][]): number[] {
  return (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => stringWidth(row[column] ?? ""))));
}
