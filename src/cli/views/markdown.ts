import { withoutInvisible } from "../../skill/audit/skill-text.js";
import { oneLine } from "./one-line.js";

/**
 * Foreign text as Markdown: a code span, in which no renderer makes links, mentions, issue numbers,
 * images or HTML of anything. Its fence is longer than any row of backticks in it.
 */
export function codeSpan(text: string): string {
  const shown = withoutInvisible(oneLine(text));
  if (shown.trim() === "") return "` `";
  const longest = Math.max(0, ...[...shown.matchAll(/`+/gu)].map(({ 0: row }) => row.length));
  const fence = "`".repeat(longest + 1);
  const pad = longest > 0 || /^ .*\S.* $/u.test(shown) ? " " : "";
  return `${fence}${pad}${shown}${pad}${fence}`;
}

/** The row of a table; a pipe within a cell must not end it, not even in a code span. */
export function tableRow(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}
