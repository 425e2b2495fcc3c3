import type { RunEvent } from "../../run/events.js";
import type { Clock } from "../../system/clock.js";
import type { Writer } from "../session/write.js";
import type { Palette } from "../terms/colour.js";
import { NoticeLines } from "../views/notice-lines.js";
import { Area } from "./area.js";
import { FailureLines } from "./failure-lines.js";
import { frameOf } from "./frame.js";
import { RunProgress } from "./run-progress.js";
import type { ProgressView } from "./view.js";

/** A command that is over by then needs no moving picture, and nothing of what draws it. */
const LOAD_AFTER_MS = 250;

/** A terminal, and how to draw on it. */
export interface Screen {
  err: Writer;
  colours: Palette;
  clock: Clock;
  verbose: boolean;
}

/**
 * The progress of a command in the last rows of a terminal. The first frame is drawn at once, the
 * others while the command goes on; at the end all of them are gone. Notices and failures stay above.
 */
export class LiveView implements ProgressView {
  readonly #progress: RunProgress;
  readonly #area: Area;
  readonly #notices: NoticeLines;
  readonly #failures: FailureLines;
  #end: () => void = () => {};
  readonly #over = new Promise<void>((resolve) => (this.#end = resolve));
  readonly #cancelLoad: () => void;
  /** Lines for above the next frame. */
  #above: string[] = [];
  #drawn = "";
  #spinner = "⠋";

  /** @param doing what the command begins with. */
  constructor(
    private readonly screen: Screen,
    doing: string,
  ) {
    const { err, colours, clock } = screen;
    this.#progress = new RunProgress(doing, clock.now());
    this.#area = new Area(err);
    this.#notices = new NoticeLines(colours);
    this.#failures = new FailureLines(colours.bad("✖"));
    this.#draw();
    this.#cancelLoad = clock.after(LOAD_AFTER_MS, () => void this.#drawOften());
  }

  show(event: RunEvent): void {
    this.#progress.take(event, this.screen.clock.now());
    this.#above.push(...this.#failures.take(event));
    // The frame itself shows limits and waits.
    if (event.type !== "limit-changed" && event.type !== "waiting") this.#above.push(...this.#notices.take(event));
    if (event.type === "run-ended") this.#hide();
  }

  stopping(): void {
    this.#progress.isStopping = true;
    // The terminal has written ^C.
    this.#area.distrust();
    this.#draw();
  }

  suspend(): void {
    this.#hide();
  }

  resume(): void {
    this.#draw();
  }

  close(): void {
    this.#cancelLoad();
    this.#end();
    this.#hide();
  }

  abandon(): void {
    this.#area.clear();
  }

  #hide(): void {
    this.#area.clear(this.#above.splice(0));
    this.#drawn = "";
  }

  #draw(spinner = this.#spinner): void {
    const { colours, clock } = this.screen;
    const { size } = this.#area;
    const frame = frameOf(this.#progress, size, clock.now(), colours);
    if (frame === null) return;
    const content = JSON.stringify([frame, size]);
    // The spinner turns only when something happens, or a second has passed.
    if (content === this.#drawn && this.#above.length === 0) return;
    this.#drawn = content;
    this.#spinner = spinner;
    this.#area.draw([`${colours.good(spinner)} ${frame.head}`, ...frame.rest], this.#above.splice(0));
  }

  /**
   * Without frames when the code for them cannot be loaded: the run is what counts, and descriptors
   * may have run out.
   */
  async #drawOften(): Promise<void> {
    try {
      const { drawFrames } = await import("./frame-loop.js");
      await drawFrames((spinner) => this.#draw(spinner), this.#over);
    } catch (error) {
      if (this.screen.verbose) this.#above.push(`no live view: ${String(error)}`);
    }
  }
}
