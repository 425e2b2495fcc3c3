import { spawn, type ChildProcess } from "node:child_process";

/** How one run of the program is set up. */
export interface RunOptions {
  env?: Record<string, string>;
  cwd?: string;
  /** After this many milliseconds the process group is killed and the run rejects; default 60,000. */
  timeoutMs?: number;
  /** What the program reads; without it standard input is closed. */
  stdin?: string | Buffer;
  /** Send a signal after some milliseconds, or as soon as the output (either stream) matches. */
  signalAfter?: { signal: NodeJS.Signals; ms: number } | { signal: NodeJS.Signals; output: RegExp };
  /** A command that runs the program: `["prlimit", "--nofile=64", "--"]`, `["strace", "-f", …]`. */
  wrap?: readonly string[];
}

/** How a run ended. Exactly one of `code` and `signal` is not null. */
export interface RunResult {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  elapsedMs: number;
  /** Standard output as one JSON document. @throws Error that shows both streams when it is not. */
  json<T = any>(): T;
}

/** A program that runs; the tests that kill it need it in their hands. */
export interface RunningProgram {
  readonly child: ChildProcess;
  readonly pid: number;
  /** What it has written so far. */
  output(): { stdout: string; stderr: string };
  /** Resolves once the output of either stream matches. @throws Error when the program ends first. */
  waitFor(pattern: RegExp): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** @throws Error with both streams when the time is up. */
  readonly finished: Promise<RunResult>;
}

/** Starts `command` in its own process group. `env` is the whole environment it gets. */
export function startProgram(
  command: readonly string[],
  options: RunOptions & { cwd: string; env: Record<string, string> },
): RunningProgram {
  const [file = "", ...args] = [...(options.wrap ?? []), ...command];
  const started = performance.now();
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: [options.stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  const text = { stdout: "", stderr: "" };
  const watchers = new Set<() => void>();
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream]?.setEncoding("utf8").on("data", (chunk: string) => {
      text[stream] += chunk;
      for (const watcher of watchers) watcher();
    });
  }
  child.stdin?.on("error", () => {}); // the program may end without reading
  child.stdin?.end(options.stdin);

  const finished = new Promise<RunResult>((resolve, reject) => {
    const timeoutMs = options.timeoutMs ?? 60_000;
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      killGroup(child, "SIGKILL");
    }, timeoutMs);
    child.once("error", reject);
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      if (timedOut) reject(new Error(`still running after ${timeoutMs} ms: ${command.join(" ")}\n${shown(text)}`));
      else resolve(resultOf(code, signal, text, performance.now() - started));
    });
  });
  finished.catch(() => {}); // whoever awaits it sees the error; a test that only kills does not have to

  const waitFor = (pattern: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!pattern.test(text.stdout) && !pattern.test(text.stderr)) return;
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      look();
      const ended = (): void => reject(new Error(`ended before it wrote ${String(pattern)}\n${shown(text)}`));
      void finished.then(ended, ended);
    });

  if (options.signalAfter !== undefined) signalLater(child, options.signalAfter, waitFor);
  return {
    child,
    pid: child.pid ?? -1,
    output: () => ({ ...text }),
    waitFor,
    kill: (signal) => void child.kill(signal),
    finished,
  };
}

function signalLater(
  child: ChildProcess,
  when: NonNullable<RunOptions["signalAfter"]>,
  waitFor: (pattern: RegExp) => Promise<void>,
): void {
  if ("output" in when) {
    waitFor(when.output).then(
      () => child.kill(when.signal),
      () => {},
    );
    return;
  }
  const timer = setTimeout(() => child.kill(when.signal), when.ms);
  child.once("close", () => clearTimeout(timer));
}

/** Kills a process and all those of its group. */
export function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    child.kill(signal);
  }
}

/** What a run gives, from what is known of its end. */
export function resultOf(
  code: number | null,
  signal: NodeJS.Signals | null,
  text: { stdout: string; stderr: string },
  elapsedMs: number,
): RunResult {
  return {
    code,
    signal,
    ...text,
    elapsedMs,
    json<T>(): T {
      try {
        return JSON.parse(text.stdout) as T;
      } catch (cause) {
        throw new Error(`standard output is not one JSON document (exit ${code ?? signal})\n${shown(text)}`, { cause });
      }
    },
  };
}

function shown(text: { stdout: string; stderr: string }): string {
  return `--- stdout\n${text.stdout.slice(-4000)}\n--- stderr\n${text.stderr.slice(-4000)}`;
}
