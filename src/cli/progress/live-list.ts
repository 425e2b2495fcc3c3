import { figures, Listr, Spinner, type ListrRenderer, type ListrTaskObject } from "listr2";
import type { Writer } from "../session/write.js";
import type { Palette } from "../terms/colour.js";
import type { LiveRow } from "./live-rows.js";

/** Where the rows are drawn, and how. */
interface Screen {
  err: Writer;
  colours: Palette;
}

/**
 * Draws the rows until each has ended, and leaves their last state on the screen. The list only
 * shows: all its rows begin at once, and each waits for what happens elsewhere. Import this module
 * when there is something to draw: it is large.
 */
export async function drawRows(rows: readonly LiveRow[], screen: Screen): Promise<void> {
  const tasks = rows.map((row) => ({
    title: row.title,
    task: async (_context: unknown, shown: { title: string | undefined }) => {
      row.onChange = () => {
        shown.title = row.title;
      };
      row.onChange();
      await row.ended;
      row.onChange();
      if (row.failed) throw new Error(row.title);
    },
  }));
  const options = { concurrent: true, exitOnError: false, registerSignalListeners: false } as const;
  await new Listr(tasks, { ...options, renderer: RowsRenderer, rendererOptions: screen }).run();
}

type Task = ListrTaskObject<unknown, typeof RowsRenderer, typeof RowsRenderer>;

/**
 * Ten pictures a second on standard error, no higher than the screen; then all rows as they ended.
 */
class RowsRenderer implements ListrRenderer {
  /** Whether standard error is a terminal was asked by the one who opened the view. */
  static nonTTY = true;
  static rendererOptions: Screen;
  static rendererTaskOptions: never;
  readonly #spinner = new Spinner();
  /** Lines of the picture that is on the screen. */
  #height = 0;

  constructor(
    private readonly tasks: Task[],
    private readonly screen: Screen,
  ) {}

  render(): void {
    this.screen.err.raw(HIDE_CURSOR);
    const draw = () => this.#draw(this.#mostUrgent());
    draw();
    this.#spinner.start(draw);
  }

  end(): void {
    this.#spinner.stop();
    this.#draw(this.tasks);
    this.screen.err.raw(SHOW_CURSOR);
  }

  /** As many rows as the screen takes, those that have ended last. */
  #mostUrgent(): Task[] {
    const ended = (task: Task) => Number(task.hasFinalized());
    const most = Math.max(1, (this.screen.err.sink.rows || 24) - 1);
    if (this.tasks.length <= most) return this.tasks;
    return this.tasks.toSorted((a, b) => ended(a) - ended(b)).slice(0, most);
  }

  #draw(tasks: readonly Task[]): void {
    const { err } = this.screen;
    const back = this.#height === 0 ? "" : `\u001b[${this.#height}F\u001b[J`;
    this.#height = tasks.length;
    err.raw(`${back}${tasks.map((task) => `${this.#icon(task)} ${fitting(task.title ?? "", err)}\n`).join("")}`);
  }

  #icon(task: Task): string {
    const { colours } = this.screen;
    if (task.hasFailed()) return colours.bad(figures.cross);
    return task.isCompleted() ? colours.good(figures.tick) : colours.odd(this.#spinner.fetch());
  }
}

const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";

/**
 * One line, whatever the width: an icon and a blank stand before it. A terminal that does not know
 * its width says 0.
 */
function fitting(title: string, { sink }: Writer): string {
  const width = Math.max(20, (sink.columns || 80) - 4);
  const characters = [...title.replaceAll("\n", " ")];
  return characters.length <= width ? characters.join("") : `${characters.slice(0, width - 1).join("")}…`;
}
