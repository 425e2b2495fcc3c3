import type { Clock } from "../system/clock.js";
import type { Host } from "../system/host.js";
import { acquireLock } from "../system/lock.js";

/** What a clean works with. */
export interface CleanContext {
  host: Host;
  clock: Clock;
  signal: AbortSignal;
}

/**
 * Runs work under a lock, unless another process holds it: all runs wait for clean.
 * @returns false if another process holds it.
 * @throws as the work; the signal's reason when aborted.
 */
export async function ifFree(
  { clock, signal }: CleanContext,
  lockPath: string,
  work: () => void | Promise<void>,
): Promise<boolean> {
  const busy = new AbortController();
  try {
    const stop = AbortSignal.any([signal, busy.signal]);
    const release = await acquireLock(lockPath, { clock, signal: stop, onWait: () => busy.abort() });
    try {
      await work();
    } finally {
      release();
    }
    return true;
  } catch (error) {
    if (!busy.signal.aborted || signal.aborted) throw error;
    return false;
  }
}
