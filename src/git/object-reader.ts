import type { Git } from "./git.js";
import { EdenError } from "../errors.js";
import { BatchAnswer, type ObjectReceiver } from "./batch-answer.js";
import type { ChildInput } from "../system/processes.js";
import { runGit } from "./run-git.js";

/** Objects by name. */
export interface ObjectSource {
  /**
   * Requests objects by id or by any name that git understands (`<commit>:<path>`,
   * `<commit>^{tree}`), without a line feed. Calls are answered one after the other.
   * @throws EdenError `FETCH_CORRUPT` if the output ends early; errors of the receiver, after which
   *   git is ended; the signal's reason when aborted.
   */
  read(names: readonly string[], receiver: ObjectReceiver): Promise<void>;
  /** Ends git and waits for its exit; a later `read` starts it again. */
  close(): Promise<void>;
}

/**
 * A running `cat-file --batch`. `ended` never resolves: it rejects with the reason why git ended.
 */
interface Session {
  stdin: Promise<ChildInput>;
  ended: Promise<never>;
  end(reason: unknown): void;
}

/**
 * The objects of one bare repository and its alternates, through one `cat-file --batch` that starts
 * with the first request and runs until `close`. It finds objects that are fetched in the meantime.
 * It never asks the remote. git does not verify its output; the receiver does.
 */
export class ObjectReader implements ObjectSource {
  #session: Session | null = null;
  #answer: BatchAnswer | null = null;
  /** Settles when the last call that was made has been answered. */
  #turn: Promise<unknown> = Promise.resolve();

  /** @param signal ends git. */
  constructor(
    private readonly git: Git,
    private readonly directory: string,
    private readonly signal: AbortSignal,
  ) {}

  /** @param signal ends this call; git, too, if it is being answered. */
  async read(names: readonly string[], receiver: ObjectReceiver, signal = this.signal): Promise<void> {
    if (names.length === 0) return;
    const before = this.#turn;
    const answered = untilAborted(signal, async (aborted) => {
      await Promise.race([before, aborted]);
      await this.#ask(names, receiver, aborted);
    });
    this.#turn = Promise.allSettled([before, answered]);
    await answered;
  }

  async close(): Promise<void> {
    const session = this.#session;
    this.#session = null;
    if (session === null) return;
    void session.stdin.then((stdin) => stdin.end());
    // The reader already got the reason.
    await session.ended.catch(() => {});
  }

  /** A failed call ends git: what is left of its answer must not reach the next one. */
  async #ask(names: readonly string[], receiver: ObjectReceiver, aborted: Promise<never>): Promise<void> {
    const session = (this.#session ??= this.#start());
    try {
      const stdin = await Promise.race([session.stdin, session.ended, aborted]);
      const answered = new Promise<void>((resolve) => (this.#answer = new BatchAnswer(names, receiver, resolve)));
      stdin.write(`${names.join("\n")}\n`);
      await Promise.race([answered, session.ended, aborted]);
    } catch (error) {
      this.#session = null;
      session.end(error);
      throw error;
    }
  }

  #start(): Session {
    let started: (stdin: ChildInput) => void;
    const stdin = new Promise<ChildInput>((resolve) => (started = resolve));
    const end = new AbortController();
    const run = async (): Promise<never> => {
      await runGit(this.git, {
        directory: this.directory,
        args: ["cat-file", "--batch"],
        signal: AbortSignal.any([this.signal, end.signal]),
        onStart: (writable) => started(writable),
        onStdout: async (chunk) => await this.#answer?.arrived(chunk),
      });
      throw new EdenError("FETCH_CORRUPT", "the object database ended early", { stage: "materialise" });
    };
    const ended = run();
    ended.catch(() => {});
    return { stdin, ended, end: (reason) => end.abort(reason) };
  }
}

/** Calls `work` with a promise that rejects with the signal's reason when it is aborted. */
async function untilAborted(signal: AbortSignal, work: (aborted: Promise<never>) => Promise<void>): Promise<void> {
  signal.throwIfAborted();
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => (onAbort = () => reject(signal.reason)));
  aborted.catch(() => {});
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await work(aborted);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
