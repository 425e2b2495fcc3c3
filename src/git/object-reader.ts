import type { Git } from "./git.js";
import { EdenError } from "../errors.js";
import { BatchAnswer, type ObjectReceiver } from "./batch-answer.js";
import type { ChildInput } from "../system/processes.js";
import { runGit } from "./run-git.js";

/**
 * A running `cat-file --batch`. `ended` never resolves: it rejects with the reason why git ended.
 */
interface Session {
  stdin: Promise<ChildInput>;
  ended: Promise<never>;
}

/**
 * The objects of one bare repository, through one `cat-file --batch` that starts with the first
 * request and runs until `close`. It finds objects that are fetched in the meantime. It never asks
 * the remote. git does not verify its output; the receiver does.
 */
export class ObjectReader {
  #session: Session | null = null;
  #answer: BatchAnswer | null = null;

  constructor(
    private readonly git: Git,
    private readonly directory: string,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Requests objects by id or by any name that git understands (`<commit>:<path>`,
   * `<commit>^{tree}`), without a line feed. One call at a time.
   * @throws EdenError `FETCH_CORRUPT` if the output ends early; errors of the receiver, after which
   *   git is ended.
   */
  async read(names: readonly string[], receiver: ObjectReceiver): Promise<void> {
    if (names.length === 0) return;
    const session = (this.#session ??= this.#start());
    try {
      const stdin = await Promise.race([session.stdin, session.ended]);
      const answered = new Promise<void>((resolve) => (this.#answer = new BatchAnswer(names, receiver, resolve)));
      stdin.write(`${names.join("\n")}\n`);
      await Promise.race([answered, session.ended]);
    } catch (error) {
      this.#session = null;
      throw error;
    }
  }

  /** Ends git and waits for its exit; a later `read` starts it again. */
  async close(): Promise<void> {
    const session = this.#session;
    this.#session = null;
    if (session === null) return;
    void session.stdin.then((stdin) => stdin.end());
    // The reader already got the reason.
    await session.ended.catch(() => {});
  }

  #start(): Session {
    let started: (stdin: ChildInput) => void;
    const stdin = new Promise<ChildInput>((resolve) => (started = resolve));
    const run = async (): Promise<never> => {
      await runGit(this.git, {
        directory: this.directory,
        args: ["cat-file", "--batch"],
        signal: this.signal,
        onStart: (writable) => started(writable),
        onStdout: async (chunk) => await this.#answer?.arrived(chunk),
      });
      throw new EdenError("FETCH_CORRUPT", "the object database ended early", { stage: "materialise" });
    };
    const ended = run();
    ended.catch(() => {});
    return { stdin, ended };
  }
}
