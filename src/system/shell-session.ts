import { randomBytes } from "node:crypto";
import { parse } from "node:path";
import { EdenError } from "../errors.js";
import type { Clock } from "./clock.js";
import { packTar, type TarEntry } from "./pack-tar.js";
import { runProcess, type ChildInput, type ProcessResult } from "./processes.js";

/** How a shell is started. */
export interface ShellStart {
  /** Absolute path of the program that opens it; the program must run `SHELL_LOOP` there. */
  file: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  clock: Clock;
  signal: AbortSignal;
  /** Milliseconds without output, and without content that is taken, until a question has failed. */
  timeoutMs: number;
}

/**
 * The program of the shell: it reads scripts from its standard input, each up to a line with a dot,
 * and runs them. `read` takes no more than a line, so that the rest of the input is left for `tar`.
 * An incomplete script is not run. It has no single quotes and no line ends: every login shell
 * passes it on unchanged.
 */
export const SHELL_LOOP =
  'while s=$(while IFS= read -r l; do case $l in .) exit 0 ;; esac; printf "%s\\n" "$l"; done; exit 1); do eval "$s"; done';

/** Bytes of an answer. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Milliseconds that a shell has for its end. */
const END_MS = 2_000;

/** One shell elsewhere, in one process of this machine: it is asked one question after the other. */
export class ShellSession {
  readonly #start: ShellStart;
  readonly #mark = randomBytes(12).toString("hex");
  readonly #stop = new AbortController();
  readonly #stdin: Promise<ChildInput>;
  /** The end of the process, or why it was stopped. */
  readonly #end: Promise<ProcessResult | { stopped: unknown }>;
  /** One character per byte. */
  #received = "";
  #onData = (): void => {};

  constructor(start: ShellStart) {
    this.#start = start;
    let started: (stdin: ChildInput) => void = () => {};
    this.#stdin = new Promise((resolve) => (started = resolve));
    const { file, args, env, clock, signal } = start;
    this.#end = runProcess({
      file,
      args,
      env,
      clock,
      cwd: parse(file).root,
      signal: AbortSignal.any([signal, this.#stop.signal]),
      onStart: (stdin) => started(stdin),
      onStdout: (chunk) => {
        if (this.#received.length > MOST_BYTES) throw new EdenError("PROCESS_OUTPUT", "its answer is too long");
        this.#received += chunk.toString("latin1");
        this.#onData();
      },
    }).catch((stopped: unknown) => ({ stopped }));
  }

  /**
   * The output of a script, one character per byte.
   * @param entries a tar that follows the script on its standard input; the shell ends after it.
   * @returns null if the shell ended before: `ended` knows why.
   * @throws EdenError `PROCESS_STALLED`; the signal's reason; errors of `entries`.
   */
  async ask(script: string, entries: Iterable<TarEntry> | null = null): Promise<string | null> {
    const stall = new AbortController();
    const failed = new Promise<null>((_, reject) => {
      stall.signal.addEventListener("abort", () => reject(stall.signal.reason), { once: true });
    });
    failed.catch(() => {});
    const { clock, timeoutMs } = this.#start;
    let cancel = () => {};
    const touch = () => {
      cancel();
      const error = new EdenError("PROCESS_STALLED", `no answer for ${timeoutMs / 1000} s`);
      cancel = clock.after(timeoutMs, () => stall.abort(error));
    };
    touch();
    const [begin, end] = [`\n@${this.#mark} begin\n`, `@${this.#mark} end\n`];
    const answered = new Promise<string>((resolve) => {
      this.#onData = () => {
        touch();
        const from = this.#received.indexOf(begin);
        const to = from === -1 ? -1 : this.#received.indexOf(end, from);
        if (to === -1) return;
        const answer = this.#received.slice(from + begin.length, to);
        this.#received = this.#received.slice(to + end.length);
        resolve(answer);
      };
    });
    const isOver = this.#end.then(() => null);
    try {
      const stdin = await Promise.race([this.#stdin, isOver]);
      if (stdin === null) return null;
      stdin.write(`printf '\\n%s\\n' '@${this.#mark} begin'\n${script}\nprintf '%s\\n' '@${this.#mark} end'\n.\n`);
      const sent = entries === null ? null : this.#send(stdin, entries, touch);
      return await Promise.race([answered, isOver, failed, ...(sent === null ? [] : [sent.then(() => answered)])]);
    } catch (error) {
      this.#stop.abort(error);
      throw error;
    } finally {
      cancel();
      this.#onData = () => {};
    }
  }

  /** A line that no other output has: scripts put it before parts of their answer. */
  get mark(): string {
    return `@${this.#mark}`;
  }

  /** How the shell has ended. @throws why it was stopped. */
  async ended(): Promise<ProcessResult> {
    const end = await this.#end;
    if ("stopped" in end) throw end.stopped;
    return end;
  }

  /** Ends the shell. */
  async close(): Promise<void> {
    const stop = this.#start.clock.after(END_MS, () => this.#stop.abort(new EdenError("CANCELLED", "closed")));
    void this.#stdin.then((stdin) => stdin.end());
    await this.#end;
    stop();
  }

  /** A shell that ends early closes its input: its own words say why. */
  async #send(stdin: ChildInput, entries: Iterable<TarEntry>, touch: () => void): Promise<void> {
    try {
      await packTar(stdin, entries, touch);
    } catch (error) {
      if (error instanceof EdenError) throw error;
      await this.#end;
    }
  }
}
