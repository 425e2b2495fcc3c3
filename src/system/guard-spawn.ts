import { AsyncLocalStorage } from "node:async_hooks";
import type { ChildProcess } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { EdenError } from "../errors.js";

/*
 * When descriptors or processes run out, Node returns a child without pipes and emits `error`
 * later. Libraries that access the pipes first throw a TypeError, and the event, without a
 * listener, ends the program. So every child of a guarded call gets a listener at once, and its
 * error becomes the typed failure of the call. Other children of this process are left alone: they
 * may belong to a program that embeds this one.
 */

/** A call that starts children, and the first error of one. */
interface Call {
  failure?: Error;
  /** Kills its children when it is aborted; for libraries that cannot. */
  stop?: AbortSignal;
}

/**
 * Guards a call that creates its child before it returns.
 * @throws EdenError `SPAWN_FAILED` with the child's error as its cause.
 */
export async function guardSpawn<T>(start: () => T): Promise<T> {
  const call: Call = {};
  const onChild = (message: unknown) => watch(call, message);
  try {
    subscribe("child_process", onChild);
    try {
      return start();
    } finally {
      unsubscribe("child_process", onChild);
    }
  } catch (error) {
    throw await failureOf(call, error);
  }
}

/**
 * Guards a call that creates its children later. While one of them runs, Node follows every promise
 * of the program, which slows it down.
 * @param stop kills the children when it is aborted.
 * @throws as `guardSpawn`.
 */
export async function guardLaterSpawn<T>(start: () => Promise<T>, stop: AbortSignal): Promise<T> {
  const call: Call = { stop };
  const onChild = (message: unknown) => {
    if (calls.getStore() === call) watch(call, message);
  };
  subscribe("child_process", onChild);
  running++;
  try {
    return await calls.run(call, start);
  } catch (error) {
    throw await failureOf(call, error);
  } finally {
    unsubscribe("child_process", onChild);
    if (--running === 0) calls.disable();
  }
}

const calls = new AsyncLocalStorage<Call>();
let running = 0;

function watch(call: Call, message: unknown): void {
  const child = (message as { process: ChildProcess }).process;
  child.on("error", (error) => void (call.failure ??= error));
  call.stop?.addEventListener("abort", () => child.kill("SIGKILL"), { once: true });
}

/** The `error` event is emitted on the next tick, after the TypeError was thrown. */
async function failureOf(call: Call, error: unknown): Promise<unknown> {
  await new Promise((resolve) => setImmediate(resolve));
  return call.failure === undefined ? error : new EdenError("SPAWN_FAILED", call.failure.message, {}, call.failure);
}
