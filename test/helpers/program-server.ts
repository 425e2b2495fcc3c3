import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { killGroup, resultOf, type RunResult } from "./cli-process.js";

/** One run of the built program. */
export interface ServedRun {
  /** Path of the program. */
  program: string;
  args: readonly string[];
  cwd: string;
  /** The whole environment. */
  env: Record<string, string>;
  timeoutMs: number;
  /** Whether the program is loaded again, so that it remembers nothing of earlier runs; default false. */
  fresh?: boolean;
}

/** What a run leaves in memory is about a megabyte, so a process serves no more runs than this. */
const MOST_RUNS = 200;

const SERVER = fileURLToPath(new URL("program-server.mjs", import.meta.url));

/** Read by Node, or by the loader, when a process starts. */
const AT_START = /^(?:NODE_|SSL_|UV_|LD_|TZ$)/u;

/**
 * Whether a run can be served by the one process that this worker keeps for the program. `EDEN_TEST_PROCESSES`
 * gives each run a process of its own.
 */
export function canServe(env: Record<string, string>): boolean {
  if (process.env["EDEN_TEST_PROCESSES"] !== undefined || shared.isBusy) return false;
  return !Object.keys(env).some((name) => AT_START.test(name));
}

/** Serves a run by the process of this worker, see {@link canServe} and {@link ProgramServer.run}. */
export async function serveRun(run: ServedRun): Promise<RunResult> {
  return await shared.run(run);
}

/**
 * A process that runs the built program again and again: the same code, files and git, without the start of
 * Node. It starts with the first run, and again after a run that has ended it, or after {@link MOST_RUNS}.
 */
export class ProgramServer {
  isBusy = false;
  #child: ChildProcess | null = null;
  #runs = 0;

  /**
   * Runs the program. What runs at the same time needs another process.
   * @throws Error with both streams when the time is up.
   */
  async run(run: ServedRun): Promise<RunResult> {
    this.isBusy = true;
    try {
      this.#child ??= this.#start(run.env);
      return await this.#answerOf(this.#child, run);
    } finally {
      if (this.#runs % MOST_RUNS === 0) this.#stop();
      this.isBusy = false;
    }
  }

  #stop(): void {
    if (this.#child?.connected === true) this.#child.disconnect();
    this.#child = null;
  }

  /** What Node reads when it starts is that of the first run. */
  #start(env: Record<string, string>): ChildProcess {
    const atStart = Object.entries(env).filter(([name]) => AT_START.test(name) || name.startsWith("EDEN_TEST_"));
    const child = spawn(process.execPath, [SERVER], {
      detached: true,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: { PATH: process.env["PATH"] ?? "", ...Object.fromEntries(atStart) },
    });
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8");
    child.once("close", () => {
      if (this.#child === child) this.#child = null;
    });
    return child;
  }

  #answerOf(child: ChildProcess, { timeoutMs, ...run }: ServedRun): Promise<RunResult> {
    const started = performance.now();
    const mark = `\0end of run ${++this.#runs}\0`;
    const text = { stdout: "", stderr: "" };
    return new Promise((resolve, reject) => {
      let code: number | null | undefined;
      const end = (settle: () => void): void => {
        clearTimeout(timer);
        child.removeAllListeners("message").removeListener("close", ended);
        for (const stream of [child.stdout, child.stderr]) stream?.removeAllListeners("data");
        settle();
      };
      const look = (): void => {
        if (code === undefined || !text.stdout.endsWith(mark) || !text.stderr.endsWith(mark)) return;
        const output = { stdout: text.stdout.slice(0, -mark.length), stderr: text.stderr.slice(0, -mark.length) };
        end(() => resolve(resultOf(code ?? null, null, output, performance.now() - started)));
      };
      const ended = (status: number | null, signal: NodeJS.Signals | null): void =>
        end(() => resolve(resultOf(status, signal, text, performance.now() - started)));
      const timer = setTimeout(() => {
        this.#child = null;
        killGroup(child, "SIGKILL");
        const output = `--- stdout\n${text.stdout.slice(-4000)}\n--- stderr\n${text.stderr.slice(-4000)}`;
        end(() => reject(new Error(`still running after ${timeoutMs} ms: ${run.args.join(" ")}\n${output}`)));
      }, timeoutMs);
      for (const name of ["stdout", "stderr"] as const) {
        child[name]?.on("data", (chunk: string) => {
          text[name] += chunk;
          look();
        });
      }
      child.on("message", (message: { code?: number }) => {
        code = message.code ?? 0;
        look();
      });
      child.once("close", ended);
      child.send({ ...run, mark });
    });
  }
}

const shared = new ProgramServer();
