import { Buffer } from "node:buffer";
import type { Readable, Writable } from "node:stream";
import type * as Execa from "execa";
import { EdenError } from "../errors.js";
import type { Clock } from "./clock.js";
import { guardSpawn } from "./guard-spawn.js";
import { endGroup, forgetGroup, rememberGroup } from "./process-groups.js";
import { bufferPassed } from "./release-memory.js";

/** The standard input of a child process. */
export type ChildInput = Writable;

/** One child process. No variable is inherited: the environment is exactly `env`. */
export interface ProcessRequest {
  /** Absolute path of the program. */
  file: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  cwd: string;
  /** Written to its standard input; without it there is none. */
  input?: string;
  /** A file that is its standard input. Absolute path. */
  inputFile?: string;
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
  /** Its output is ignored: each pipe costs half a millisecond. */
  isSilent?: boolean;
}

export interface ProcessResult {
  /** null when a signal ended it. */
  exitCode: number | null;
  signal: string | null;
  stdout: Buffer;
  /** The last 64 KiB. */
  stderr: string;
}

function stdinOf({ input, inputFile, onStart }: ProcessRequest): "ignore" | "pipe" | { file: string } {
  if (inputFile !== undefined) return { file: inputFile };
  return input === undefined && onStart === undefined ? "ignore" : "pipe";
}

/**
 * Runs a program in a process group of its own and waits for its end, whatever its exit code. When
 * it must end early, the whole group is ended: `git` alone would leave `git-remote-https` behind.
 *
 * @throws EdenError `SPAWN_FAILED` (facts in `cause`), `PROCESS_STALLED`, `PROCESS_OUTPUT`; the
 *   signal's reason when aborted; whatever `onStdout` threw.
 */
export async function runProcess(request: ProcessRequest): Promise<ProcessResult> {
  request.signal?.throwIfAborted();
  const { execa } = await loadProcesses();
  const end = new AbortController();
  // execa's child is a thenable: it is wrapped in an object so that `await` does not wait for its
  // end.
  const { child } = await guardSpawn(() => ({
    child: execa(request.file, request.args, {
      env: request.env,
      extendEnv: false,
      cwd: request.cwd,
      // execa's `input` would take a millisecond more for each child.
      stdin: stdinOf(request),
      ...(request.isSilent === true && { stdout: "ignore", stderr: "ignore" }),
      buffer: false,
      reject: false,
      detached: true,
      cleanup: false,
      encoding: "buffer",
      stripFinalNewline: false,
    }),
  }));
  const group = child.pid ?? 0;
  if (child.stdin) {
    // The exit reports the end; a late write is not a separate failure.
    child.stdin.on("error", () => {});
    if (request.input !== undefined) child.stdin.end(request.input);
    request.onStart?.(child.stdin);
  }
  rememberGroup(group);
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
        (chunk) => {
          stall.touch();
          if (request.onStdout !== undefined) return end.signal.aborted ? undefined : request.onStdout(chunk);
          keptBytes += chunk.length;
          if (keptBytes > limit) stop(new EdenError("PROCESS_OUTPUT", `more than ${limit} bytes of output`));
          else kept.push(chunk);
          return undefined;
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
    forgetGroup(group);
  }
}

/** Loads what starts processes: a run does so while it waits for something else. */
export async function loadProcesses(): Promise<typeof Execa> {
  return await import("execa");
}

/**
 * Passes on what a stream gives, until it is closed. Events, because an iterator takes a third of a
 * millisecond more for each stream.
 */
async function drain(
  stream: Readable | null | undefined,
  take: (chunk: Buffer) => void | Promise<void>,
  stop: (reason: unknown) => void,
): Promise<void> {
  if (!stream) return;
  await new Promise<void>((resolve) => {
    let busy: Promise<void> | null = null;
    stream.once("error", stop);
    stream.once("close", () => resolve(busy ?? undefined));
    stream.on("data", (chunk: Buffer) => {
      bufferPassed(chunk.length);
      let taken: void | Promise<void>;
      try {
        // Node resumes a paused stream when the program ends: what arrives then waits here.
        taken = busy === null ? take(chunk) : busy.then(() => take(chunk));
      } catch (error) {
        stop(error);
        return;
      }
      if (taken === undefined) return;
      stream.pause();
      const current = taken.catch(stop).finally(() => {
        if (busy !== current) return;
        busy = null;
        stream.resume();
      });
      busy = current;
    });
  });
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
