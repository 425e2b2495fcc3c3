import type { RunEvent } from "../../run/events.js";
import { ms } from "../../run/events-of-type.js";
import type { Report } from "../../run/report.js";
import { openOutput } from "../../system/open-output.js";
import { formatJsonLine } from "../views/json-view.js";
import { Writer } from "../session/write.js";
import { errorObject, eventObject } from "./event-line.js";

/**
 * Writes the events of a run, each as soon as it happens, as one JSON object per line. A reader that
 * goes away ends the output, not the run.
 */
export class EventStream {
  #isFirst = true;
  /** The time of the last event. */
  #at = 0;

  private constructor(
    private readonly writer: Writer,
    private readonly end: () => Promise<void>,
  ) {}

  /** Writes to a file, which is emptied. @throws EdenError if it cannot be opened. */
  static async toFile(path: string): Promise<EventStream> {
    const { sink, close } = await openOutput(path);
    return new EventStream(new Writer(sink), close);
  }

  /** Writes to an open output, such as standard output. */
  static to(writer: Writer): EventStream {
    return new EventStream(writer, async () => {});
  }

  /** Writes one event. */
  readonly take = (event: RunEvent): void => {
    this.#at = ms(event.at);
    this.#write(eventObject(event));
  };

  /** Writes the outcome as the last line. @returns the failure of the output, if there was one. */
  async finish({ outcome, exit_code }: Report): Promise<Error | null> {
    this.#write({ event: "result", at_ms: this.#at, outcome, exit_code, error: null });
    return await this.#close();
  }

  /** Writes the error that ended the command as the last line. */
  async fail(error: unknown, exitCode: number): Promise<void> {
    const last = {
      event: "result",
      at_ms: this.#at,
      outcome: "failed",
      exit_code: exitCode,
      error: errorObject(error),
    };
    this.#write(last);
    await this.#close();
  }

  #write(event: object): void {
    const first = this.#isFirst ? { schema_version: 1 } : {};
    this.#isFirst = false;
    this.writer.raw(`${formatJsonLine({ ...first, ...event })}\n`);
  }

  async #close(): Promise<Error | null> {
    await this.writer.flush();
    await this.end();
    return this.writer.failure;
  }
}
