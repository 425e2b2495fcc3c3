import { deserialize } from "node:v8";
import { Worker } from "node:worker_threads";
import type { FuzzAnswer, FuzzRequest } from "./worker.js";

/** An input that takes more of the processor hangs, ms; one that waits for longer as well, on a loaded machine. */
const MOST_CPU_MS = 30_000;
const MOST_MS = 10 * 60_000;
const LARGEST_INPUT = 4 * 1024 * 1024;

/** Milliseconds of the processor that this process has used; only the thread works meanwhile. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Runs targets in a thread that can be ended when an input hangs. */
export class Fuzzer {
  readonly #shared = new SharedArrayBuffer(LARGEST_INPUT);
  #worker: Worker | null = null;
  #settle: { resolve(answer: FuzzAnswer): void; reject(error: unknown): void } | null = null;

  /** @param bundle path of the bundled worker. */
  constructor(private readonly bundle: string) {}

  /** Runs one target; a hang and the end of the thread are violations, too. */
  async run(request: FuzzRequest): Promise<FuzzAnswer> {
    const worker = (this.#worker ??= this.#start());
    const counter = new Int32Array(this.#shared, 0, 2);
    let [seen, since, used] = [-1, performance.now(), cpuMs()];
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<FuzzAnswer>((resolve, reject) => {
        this.#settle = { resolve, reject };
        timer = setInterval(() => {
          const now = counter[0] ?? 0;
          const [waited, worked] = [performance.now() - since, cpuMs() - used];
          if (now !== seen) [seen, since, used] = [now, performance.now(), cpuMs()];
          else if (worked > MOST_CPU_MS || waited > MOST_MS)
            reject(new Error(`no end after ${Math.round(waited)} ms, ${Math.round(worked)} ms of the processor`));
        }, 250);
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
        worker.postMessage(request);
      });
    } catch (error) {
      await this.close();
      const violation = `${String(error)}, input ${counter[0]}: ${this.#lastInput()}`;
      return { inputs: counter[0] ?? 0, longestMs: performance.now() - since, keptTimes: 0, peakTimes: 0, violation };
    } finally {
      clearInterval(timer);
    }
  }

  #start(): Worker {
    const worker = new Worker(this.bundle, {
      workerData: { shared: this.#shared },
      resourceLimits: { maxOldGenerationSizeMb: 700, maxYoungGenerationSizeMb: 16 },
    });
    worker.on("message", (answer: FuzzAnswer) => this.#settle?.resolve(answer));
    worker.on("error", (error) => this.#settle?.reject(error));
    return worker;
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
    this.#worker = null;
  }

  #lastInput(): string {
    const [, length = 0] = new Int32Array(this.#shared, 0, 2);
    try {
      const parts = deserialize(Buffer.from(this.#shared, 8, length)) as Uint8Array[];
      return JSON.stringify(parts.map((part) => Buffer.from(part).toString("latin1").slice(0, 4000)));
    } catch {
      return "unknown";
    }
  }
}
