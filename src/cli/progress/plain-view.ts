import type { RunEvent } from "../../run/events.js";
import { sanitize } from "../../errors.js";
import type { Palette } from "../terms/colour.js";
import { NoticeLines } from "../views/notice-lines.js";
import { Progress, progressText } from "./repository-progress.js";
import type { ProgressView } from "./view.js";

/** The progress of a run as lines, for logs and pipes. */
export class PlainView implements ProgressView {
  readonly #progress = new Progress();
  readonly #notices: NoticeLines;

  constructor(
    private readonly line: (text: string) => void,
    colours: Palette,
    private readonly verbose: boolean,
  ) {
    this.#notices = new NoticeLines(colours);
  }

  show(event: RunEvent): void {
    for (const text of this.#notices.take(event)) this.line(text);
    const repository = this.#progress.take(event);
    if (repository === null) return;
    if (event.type === "task-started") {
      if (event.attempt === 1) this.line(progressText(repository));
      else if (this.verbose) this.line(`attempt ${event.attempt} at ${repository.name}…`);
    } else if (event.type === "task-again") {
      const reason = `${event.error.code}: ${sanitize(event.error.message)}`;
      this.line(`retrying ${repository.name} in ${(event.delayMs / 1000).toFixed(1)}s (${reason})`);
    } else if (event.type === "task-ended") {
      const attempts = this.verbose && event.attempts > 1 ? ` after ${event.attempts} attempts` : "";
      this.line(`${progressText(repository)}${attempts}`);
    }
  }

  async close(): Promise<void> {}

  abandon(): void {}
}
