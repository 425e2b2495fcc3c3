import { withoutWorkflowCommands } from "../session/workflow-commands.js";
import type { Writer } from "../session/write.js";
import { withTilde } from "../terms/tilde.js";
import { wrap } from "../terms/wrap.js";

const ESC = "\u001b[";
/** A terminal that knows it shows the frame at once; others ignore it. */
const BEGIN = `${ESC}?2026h`;
const END = `${ESC}?2026l`;
const HIDE_CURSOR = `${ESC}?25l`;
const SHOW_CURSOR = `${ESC}?25h`;
/** What a terminal draws wider than we know is cut at the edge, and does not take a second row. */
const NO_WRAP = `${ESC}?7l`;
const WRAP = `${ESC}?7h`;
/** From the beginning of this row to the end of the screen. */
const ERASE_BELOW = `\r${ESC}J`;
const ERASE_REST = `${ESC}K`;

/**
 * The last rows of a terminal, which are drawn again and again. Between two frames the cursor is at
 * its first character: where that goes when the terminal is resized, the cursor goes, too. A frame is
 * one write with the rows that changed.
 */
export class Area {
  #lines: readonly string[] | null = null;
  #columns = 0;
  #rows = 0;

  constructor(private readonly err: Writer) {}

  /**
   * As it is now: Node itself learns it later, and a frame that is too high cannot be taken back. A
   * terminal that does not know its size says 0.
   */
  get size(): { columns: number; rows: number } {
    const { sink } = this.err;
    const [columns, rows] = sink.getWindowSize?.() ?? [sink.columns, sink.rows];
    return { columns: columns || 80, rows: rows || 24 };
  }

  /** Draws these lines, each shorter than the screen is wide, below lines that stay. */
  draw(lines: readonly string[], above: readonly string[] = []): void {
    const before = this.#begin(above.length > 0);
    if (before?.length === lines.length && lines.every((line, row) => line === before[row])) return;
    const stay = this.#wrapped(above);
    const rows = lines.map((line, row) =>
      line === before?.[row] ? "" : `${withoutWorkflowCommands(line)}${ERASE_REST}`,
    );
    const hasMore = before !== null && before.length > lines.length;
    const up = lines.length - (hasMore ? 0 : 1);
    this.err.raw(
      [
        BEGIN,
        this.#lines === null ? HIDE_CURSOR : "",
        before === null ? ERASE_BELOW : "",
        stay,
        NO_WRAP,
        rows.join("\n"),
        hasMore ? `\n${ERASE_BELOW}` : "",
        up > 0 ? `${ESC}${up}A` : "",
        `\r${WRAP}`,
        END,
      ].join(""),
    );
    this.#lines = [...lines];
  }

  /** Draws everything again with the next frame: something else may have written there. */
  distrust(): void {
    this.#columns = 0;
  }

  /** Takes the area away; lines that stay take its place. */
  clear(above: readonly string[] = []): void {
    const stay = this.#wrapped(above);
    if (this.#lines !== null) this.err.raw(`${BEGIN}${ERASE_BELOW}${stay}${SHOW_CURSOR}${END}`);
    else if (stay !== "") this.err.raw(stay);
    this.#lines = null;
  }

  /** Lines that stay, as `Writer.lines` writes them. */
  #wrapped(lines: readonly string[]): string {
    const { columns } = this.size;
    const text = lines
      .flatMap((line) => wrap(withTilde(line, this.err.home), columns).map((row) => `${row}\n`))
      .join("");
    return withoutWorkflowCommands(text);
  }

  /** @returns what is on the screen and can stay; null if all is to be drawn. */
  #begin(isPushed: boolean): readonly string[] | null {
    const { columns, rows } = this.size;
    const isSame = columns === this.#columns && rows === this.#rows;
    [this.#columns, this.#rows] = [columns, rows];
    return isSame && !isPushed ? this.#lines : null;
  }
}
