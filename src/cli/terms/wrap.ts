import width from "fast-string-width";

/**
 * A line as lines of at most so many columns, broken at blanks only, so that a path or an address
 * stays whole; undefined: no limit. What follows a break is indented.
 */
export function wrap(line: string, columns: number | undefined): string[] {
  if (columns === undefined || columns < NARROWEST || width(line) <= columns) return [line];
  const indent = " ".repeat((/^ */u.exec(line)?.[0].length ?? 0) + 2);
  const lines: string[] = [];
  let current = "";
  for (const word of line.split(/(?<=\S) /u)) {
    const longer = current === "" ? word : `${current} ${word}`;
    if (current === "" || width(longer.trimEnd()) <= columns) current = longer;
    else {
      lines.push(current.trimEnd());
      current = indent + word.trimStart();
    }
  }
  return [...lines, current];
}

/** A terminal that claims fewer columns is not asked. */
const NARROWEST = 20;
