import type { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { EdenError } from "../errors.js";
import { findProgram } from "../system/host.js";
import { runProcess, type ChildInput } from "../system/processes.js";
import { quoted } from "../system/shell-word.js";
import { gitEnvironment } from "./environment.js";
import { classifyFailure } from "./failure.js";
import type { Git } from "./git.js";

/**
 * The program of the shell. Packs and commands arrive over one pipe, and no pack may give a command:
 * each command begins with the first line, which only we know. The shell ends with the first line
 * that does not, and with the first git that fails. It answers a command with an empty line.
 */
const LOOP =
  'n="\n"; IFS= read -r m && while IFS= read -r l; do case $l in "$m"*) eval "${l#"$m"}" || exit 1; echo ;; *) exit 1 ;; esac; done';

/**
 * A shell that starts `git index-pack` for one pack after the other: to start it from here takes
 * milliseconds of Node's one thread for each (decision 0061).
 */
export class PackShell {
  readonly #mark = randomBytes(16).toString("hex");
  readonly #stop = new AbortController();
  readonly #stdin: Promise<ChildInput>;
  /** Only rejects. */
  readonly #ended: Promise<never>;
  #isOpen = true;
  #answered: () => void = () => {};

  constructor(private readonly git: Git) {
    let started: (stdin: ChildInput) => void;
    this.#stdin = new Promise((resolve) => (started = resolve));
    const run = async (): Promise<never> => {
      await runProcess({
        file: findProgram("sh", git.host.env) ?? "/bin/sh",
        args: ["-c", LOOP],
        env: gitEnvironment(git.host.env, { cwd: git.cwd }),
        cwd: git.cwd,
        clock: git.clock,
        signal: this.#stop.signal,
        onStart: (stdin) => {
          stdin.write(`${this.#mark}\n`);
          started(stdin);
        },
        onStdout: () => this.#answered(),
      });
      throw new Error("git failed, or the shell was ended");
    };
    this.#ended = run()
      .catch((error: unknown) => {
        throw error instanceof EdenError ? classifyFailure(error, undefined) : error;
      })
      .finally(() => (this.#isOpen = false));
    this.#ended.catch(() => {});
  }

  /** False when it takes no further command. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /**
   * Runs git, which reads what is written from now on.
   * @param signal ends the shell and git.
   * @throws Error when git fails; EdenError `DESCRIPTORS_EXHAUSTED`, `SPAWN_FAILED`; the signal's reason.
   */
  async run(args: readonly string[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const onAbort = () => this.stop(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      const answered = new Promise<void>((resolve) => (this.#answered = resolve));
      this.git.onProcess();
      const command = [this.git.program, ...args].map(quoted).join(" ");
      await this.write(`${this.#mark}${command.replaceAll("\n", `'"$n"'`)} >/dev/null 2>&1\n`);
      await Promise.race([answered, this.#ended]);
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** Resolves when git can take more. @throws as `run`; Node's error when the shell has ended. */
  async write(data: Buffer | string): Promise<void> {
    const stdin = await Promise.race([this.#stdin, this.#ended]);
    const written = new Promise<void>((resolve, reject) => {
      stdin.write(data, (error: Error | null | undefined) => (error ? reject(error) : resolve()));
    });
    await Promise.race([written, this.#ended]);
  }

  /** Ends the input: git, if it still runs, gets no more, and then the shell ends. */
  async endInput(): Promise<void> {
    this.#isOpen = false;
    await Promise.race([this.#stdin.then((stdin) => stdin.end()), this.#ended]).catch(() => {});
  }

  /** Ends the shell and git. */
  stop(reason: unknown): void {
    this.#isOpen = false;
    this.#stop.abort(reason);
  }

  /** Waits until the shell has ended. */
  async ended(): Promise<void> {
    await this.#ended.catch(() => {});
  }
}
