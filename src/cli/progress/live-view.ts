import type { RunEvent } from "../../run/events.js";
import type { Palette } from "../terms/colour.js";
import { liveRows, type LiveRow } from "./live-rows.js";
import { NoticeLines } from "../views/notice-lines.js";
import { Progress, type RepositoryProgress } from "./repository-progress.js";
import type { ProgressView } from "./view.js";
import type { Writer } from "../session/write.js";

const SHOW_CURSOR = "\u001b[?25h";

/**
 * The progress of a run on a terminal. The rows are opened when the first repository begins, since
 * all of them are known by then. Repositories that are reported later, such as those that a
 * registry names, have their rows below. Other lines wait until the rows have ended.
 */
export class LiveView implements ProgressView {
  readonly #progress = new Progress();
  readonly #notices: NoticeLines;
  #rows = new Map<RepositoryProgress, LiveRow>();
  #drawing: Promise<void> | null = null;
  #held: string[] = [];

  constructor(
    private readonly err: Writer,
    private readonly colours: Palette,
    private readonly verbose: boolean,
  ) {
    this.#notices = new NoticeLines(colours);
  }

  show(event: RunEvent): void {
    const lines = this.#notices.take(event);
    if (this.#drawing === null) for (const line of lines) this.err.line(line);
    else if (event.type !== "waiting") this.#held.push(...lines);
    const repository = this.#progress.take(event);
    if (repository === null) return;
    if (event.type === "task-started" && !this.#rows.has(repository)) this.#drawing = this.#draw(this.#drawing);
    this.#rows.get(repository)?.refresh();
  }

  async close(): Promise<void> {
    for (const row of this.#rows.values()) row.giveUp();
    await this.#drawing;
    for (const line of this.#held.splice(0)) this.err.line(line);
  }

  abandon(): void {
    if (this.#drawing !== null) this.err.raw(SHOW_CURSOR);
  }

  /**
   * Without a picture when the drawing part cannot be loaded: the run is what counts, and
   * descriptors may have run out.
   */
  async #draw(before: Promise<void> | null): Promise<void> {
    const opened = liveRows([...this.#progress.repositories.values()].filter((one) => !this.#rows.has(one)));
    for (const [repository, row] of opened) this.#rows.set(repository, row);
    try {
      await before;
      const { drawRows } = await import("./live-list.js");
      await drawRows([...new Set(opened.values())], { err: this.err, colours: this.colours });
    } catch (error) {
      this.err.raw(SHOW_CURSOR);
      if (this.verbose) this.#held.push(`no live view: ${String(error)}`);
    }
  }
}
