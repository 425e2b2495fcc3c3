import { AsyncLocalStorage } from "node:async_hooks";
import type { ChildProcess } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { EdenError } from "../errors.js";

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
