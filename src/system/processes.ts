import { AsyncLocalStorage } from "node:async_hooks";
import type { ChildProcess } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { Buffer } from "node:buffer";
import type { Writable } from "node:stream";
import { EdenError, errorCode } from "../errors.js";
import type { Clock } from "./clock.js";
import { bufferPassed } from "./release-buffers.js";

/** The standard input of a child process. */
export type ChildInput = Pick<Writable, "write" | "end">;

/** One child process. No variable is inherited: the environment is exactly `env`. */
export interface ProcessRequest {
  /** Absolute path of the program. */
  file: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  cwd: string;
  /** Written to its standard input; without it there is none. */
  input?: string;
  /** Gets its standard input instead, and has to end it. */
  onStart?: (stdin: ChildInput) => void;
  signal?: AbortSignal;
  clock: Clock;
  /**
   * Milliseconds without a byte on stdout or stderr after which it is ended as `PROCESS_STALLED`; 0
   * for never.
   */
  stallMs?: number;
  /** Bytes of stdout kept; more ends the process as `PROCESS_OUTPUT`. Default 64 MiB. */
  maxOutputBytes?: number;
  /** Gets stdout as it arrives instead of storing it; a returned promise pauses the stream. */
  onStdout?: (chunk: Buffer) => void | Promise<void>;
  /** Gets stderr as it arrives; an exception ends the process. */
  onStderr?: (text: string) => void;
}

export interface ProcessResult {
  /** null when a signal ended it. */
  exitCode: number | null;
  signal: string | null;
  stdout: Buffer;
  /** The last 64 KiB. */
  stderr: string;
}

/** Milliseconds between TERM and KILL for a process group. */
export const KILL_AFTER_MS = 5_000;

/**
 * Runs a program in a process group of its own and waits for its end, whatever its exit code. When
 * it must end early, the whole group is ended: `git` alone would leave `git-remote-https` behind.
 *
 * @throws EdenError `SPAWN_FAILED` (facts in `cause`), `PROCESS_STALLED`, `PROCESS_OUTPUT`; the
 *   signal's reason when aborted; whatever `onStdout` threw.
 */
export async function runProcess(request: ProcessRequest): Promise<ProcessResult> {
  request.signal?.throwIfAborted();
  const { execa } = await import("execa");
  const end = new AbortController();
  // execa's child is a thenable: it is wrapped in an object so that `await` does not wait for its
  // end.
  const { child } = await guardSpawn(async () => ({
    child: execa(request.file, request.args, {
      env: request.env,
      extendEnv: false,
      cwd: request.cwd,
      ...(request.input === undefined
        ? { stdin: request.onStart === undefined ? "ignore" : "pipe" }
        : { input: request.input }),
      buffer: false,
      reject: false,
      detached: true,
      cleanup: false,
      encoding: "buffer",
      stripFinalNewline: false,
    }),
  }));
  const group = child.pid ?? 0;
  if (child.stdin && request.onStart !== undefined) {
    // The exit reports the end; a late write is not a separate failure.
    child.stdin.on("error", () => {});
    request.onStart(child.stdin);
  }
  running.add(group);
  let first: unknown;
  const stop = (reason: unknown) => {
    if (end.signal.aborted) return;
    first = reason;
    end.abort();
    void endGroup(group, request.clock, child);
  };
  const onAbort = () => stop(request.signal?.reason);
  request.signal?.addEventListener("abort", onAbort, { once: true });
  if (request.signal?.aborted) onAbort();
  const stall = watchStall(request, stop);
  const kept: Buffer[] = [];
  let keptBytes = 0;
  const limit = request.maxOutputBytes ?? 64 * 1024 * 1024;
  let stderr = "";
  try {
    const [, , result] = await Promise.all([
      drain(
        child.stdout,
        async (chunk) => {
          stall.touch();
          if (request.onStdout !== undefined) {
            if (!end.signal.aborted) await request.onStdout(chunk);
            return;
          }
          keptBytes += chunk.length;
          if (keptBytes > limit) stop(new EdenError("PROCESS_OUTPUT", `more than ${limit} bytes of output`));
          else kept.push(chunk);
        },
        stop,
      ),
      drain(
        child.stderr,
        (chunk) => {
          stall.touch();
          const text = chunk.toString("utf8");
          stderr = (stderr + text).slice(-65_536);
          if (!end.signal.aborted) request.onStderr?.(text);
        },
        stop,
      ),
      child,
    ]);
    if (end.signal.aborted) throw first;
    if (result.exitCode === undefined && result.signal === undefined) {
      throw new EdenError("SPAWN_FAILED", `could not start ${request.file}`, {}, result.cause);
    }
    return { exitCode: result.exitCode ?? null, signal: result.signal ?? null, stdout: Buffer.concat(kept), stderr };
  } finally {
    stall.end();
    request.signal?.removeEventListener("abort", onAbort);
    running.delete(group);
  }
}

const running = new Set<number>();

/**
 * Ends every child group at once, without waiting: for a second interrupt, after which no process
 * may remain.
 */
export function killAllGroups(): void {
  for (const group of running) signalGroup(group, "SIGKILL");
}

async function endGroup(
  group: number,
  clock: Clock,
  child: PromiseLike<unknown> & Pick<ChildProcess, "stdout" | "stderr">,
): Promise<void> {
  signalGroup(group, "SIGTERM");
  const grace = new AbortController();
  void Promise.resolve(child).finally(() => grace.abort());
  try {
    await clock.sleep(KILL_AFTER_MS, grace.signal);
  } catch {
    // The leader ended in time; the rest of its group is ended now.
  }
  signalGroup(group, "SIGKILL");
  // A descendant that left the group may keep the pipes open: it is not waited for.
  child.stdout?.destroy();
  child.stderr?.destroy();
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  if (group <= 1) return;
  try {
    process.kill(-group, signal);
  } catch (error) {
    // EPERM: only a zombie of the group is left, or the group runs as another user.
    if (!["ESRCH", "EPERM"].includes(errorCode(error) ?? "")) throw error;
  }
}

async function drain(
  stream: AsyncIterable<unknown> | null | undefined,
  take: (chunk: Buffer) => void | Promise<void>,
  stop: (reason: unknown) => void,
): Promise<void> {
  if (!stream) return;
  try {
    for await (const chunk of stream) {
      const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk as Uint8Array);
      await take(bytes);
      bufferPassed(bytes.length);
    }
  } catch (error) {
    stop(error);
  }
}

function watchStall(request: ProcessRequest, stop: (reason: unknown) => void): { touch(): void; end(): void } {
  const limit = request.stallMs ?? 0;
  if (limit <= 0) return { touch() {}, end() {} };
  let last = request.clock.now();
  const timer = setInterval(
    () => {
      if (request.clock.now() - last >= limit)
        stop(new EdenError("PROCESS_STALLED", `no progress for ${limit / 1000} s`));
    },
    Math.max(10, limit / 10),
  );
  return {
    touch() {
      last = request.clock.now();
    },
    end() {
      clearInterval(timer);
    },
  };
}

/**
 * When descriptors or processes run out, Node returns a child without pipes and emits `error`
 * later. Libraries that access the pipes first throw a TypeError, and the event, without a
 * listener, ends the program. So every child that `start` creates gets a listener at once, and its
 * error becomes the typed failure of the call. Other children of this process are left alone: they
 * may belong to a program that embeds this one.
 * @param stop kills the children of this call when it is aborted; for libraries that cannot.
 */
export async function guardSpawn<T>(start: () => Promise<T>, stop?: AbortSignal): Promise<T> {
  const call: { failure?: Error } = {};
  const onChild = (message: unknown) => {
    if (calls.getStore() !== call) return;
    const child = (message as { process: ChildProcess }).process;
    child.on("error", (error) => void (call.failure ??= error));
    stop?.addEventListener("abort", () => child.kill("SIGKILL"), { once: true });
  };
  subscribe("child_process", onChild);
  try {
    return await calls.run(call, start);
  } catch (error) {
    // The `error` event is emitted on the next tick, after the TypeError was thrown.
    await new Promise((resolve) => setImmediate(resolve));
    if (call.failure !== undefined) throw new EdenError("SPAWN_FAILED", call.failure.message, {}, call.failure);
    throw error;
  } finally {
    unsubscribe("child_process", onChild);
  }
}

const calls = new AsyncLocalStorage<{ failure?: Error }>();
