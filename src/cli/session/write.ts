import { withTilde } from "../terms/tilde.js";
import { wrap } from "../terms/wrap.js";
import { withoutWorkflowCommands } from "./workflow-commands.js";

/** The part of a stream that a writer uses. */
export interface Sink {
  write(text: string, done: (error?: Error | null) => void): unknown;
  on(event: "error", listener: (error: NodeJS.ErrnoException) => void): unknown;
  isTTY?: boolean;
  columns?: number;
  rows?: number;
  /** The size of the terminal at this moment: columns and rows. */
  getWindowSize?(): [number, number];
}

/**
 * Writes to one stream and never throws. When the reader has closed, the rest is dropped without a
 * message, so that the work goes on to its end; any other failure is kept.
 */
export class Writer {
  #pending = 0;
  #gone = false;
  #failure: Error | null = null;
  #idle: (() => void)[] = [];

  constructor(
    readonly sink: Sink,
    /** The home directory, which text for people calls `~`. */
    readonly home = "",
  ) {
    sink.on("error", (error) => this.#fail(error));
  }

  /** The first failure that was not the reader's going away. */
  get failure(): Error | null {
    return this.#failure;
  }

  /**
   * Writes this text, of one or more lines, and ends the last one. Nothing in it is a command to a
   * build server: in a container no variable may say that one reads along.
   */
  line(text: string): void {
    this.raw(`${withoutWorkflowCommands(text)}\n`);
  }

  /** Writes text for people: paths below home begin with `~`, and no line is wider than the terminal. */
  lines(texts: readonly string[]): void {
    const columns = this.sink.isTTY === true ? this.sink.columns : undefined;
    const lines = texts.flatMap((text) => wrap(withTilde(text, this.home), columns));
    if (lines.length > 0) this.line(lines.join("\n"));
  }

  /** Writes exactly this. */
  raw(text: string): void {
    if (this.#gone) return;
    this.#pending += 1;
    try {
      this.sink.write(text, (error) => {
        if (error) this.#fail(error);
        this.#settle();
      });
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
      this.#settle();
    }
  }

  /** Resolves when everything that was written has left the program. */
  async flush(): Promise<void> {
    if (this.#pending > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #settle(): void {
    this.#pending -= 1;
    if (this.#pending > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #fail(error: NodeJS.ErrnoException): void {
    const hungUp = error.code === "EIO" && this.sink.isTTY === true;
    if (!this.#gone && error.code !== "EPIPE" && !hungUp) this.#failure = error;
    this.#gone = true;
  }
}
