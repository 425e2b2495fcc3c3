import { dirname, join } from "node:path";
import { EdenError } from "../errors.js";
import type { Clock } from "./clock.js";
import { livenessOf } from "./identity.js";
import { lastBeat, placeLock, readHolder, removeLock, touchLock, type LockHolder } from "./lock-file.js";
import { listDirectory } from "./read-files.js";
import { makeDirectory } from "./write-files.js";
import { privateMode } from "./private-mode.js";

export interface LockOptions {
  clock: Clock;
  signal?: AbortSignal;
  /** Called once, if another process holds the lock. */
  onWait?: (holder: LockHolder) => void;
  /** Called when such a lock was taken, with the milliseconds of the wait. */
  onWaited?: (ms: number) => void;
}

/**
 * The interval at which a holder touches its lock, and the time without a touch after which a lock
 * of another machine counts as dead; ms.
 */
const BEAT_MS = 5_000;
const SILENCE_MS = 30_000;

/** Attempts to place a lock where an entry exists that is not a lock, before that is an error. */
const MOST_BLOCKED = 100;

/** Nonces of locks that this process released but did not remove: their holder counts as dead. */
const leftBehind = new Set<string>();

/**
 * Takes a lock between processes and returns its release function. Waits as long as the holder is
 * alive; the lock of a dead holder is taken over at once. For a holder on another machine or in
 * another container only the heartbeat is visible: it counts as dead if its lock was not touched
 * for 30 s of our own monotonic time. The wall clock and the age of a file are not used.
 *
 * The release never fails: a lock that it cannot remove is taken over by the next one who wants it.
 *
 * The lock appears complete. A takeover from holder D is itself a lock, named after D's nonce. Only
 * its holder removes the file, and only while the file still names D, so that a lock that was taken
 * in the meantime is never removed.
 *
 * @throws the signal's reason when aborted; EdenError PERMISSION_DENIED or DISK_FULL if the file
 *   cannot be created, FILE_FAILED if something else is in its place.
 */
export async function acquireLock(path: string, options: LockOptions): Promise<() => void> {
  makeDirectory(dirname(path), privateMode(dirname(path), 0o700));
  const isSilent = silenceOf(path, options.clock);
  let waitsSince: number | null = null;
  let blocked = 0;
  for (let round = 0; ; round++) {
    options.signal?.throwIfAborted();
    const holder = readHolder(path);
    if (holder === null) {
      const nonce = placeLock(path);
      if (nonce !== null) {
        if (waitsSince !== null) options.onWaited?.(options.clock.now() - waitsSince);
        return hold(path, nonce);
      }
      // Another process took it in between, or the entry is not a lock and stays.
      if (++blocked === MOST_BLOCKED) throw obstructed(path);
      await options.clock.sleep(waitMs(0), options.signal);
      continue;
    }
    blocked = 0;
    const liveness = leftBehind.has(holder.nonce) ? "dead" : livenessOf(holder);
    if (liveness === "dead" || (liveness === "foreign" && isSilent(holder))) await takeOver(path, holder, options);
    else {
      if (waitsSince === null) options.onWait?.(holder);
      waitsSince ??= options.clock.now();
      await options.clock.sleep(waitMs(round), options.signal);
    }
  }
}

/** Paths of the locks in a directory whose holders have ended on this machine. */
export function deadLocks(directory: string): string[] {
  return listDirectory(directory)
    .filter((name) => /\.lock(?:\.after-[0-9a-z]+)*$/u.test(name))
    .map((name) => join(directory, name))
    .filter((path) => deadHolder(path) !== null);
}

function deadHolder(path: string): LockHolder | null {
  const holder = readHolder(path);
  return holder !== null && livenessOf(holder) === "dead" ? holder : null;
}

/**
 * Removes a lock whose holder has ended; does nothing if another process was faster.
 * @param cleanUp called before, while no process can take the lock.
 * @throws EdenError.
 */
export async function removeDeadLock(path: string, options: LockOptions, cleanUp: () => void): Promise<void> {
  const holder = deadHolder(path);
  if (holder !== null) await takeOver(path, holder, options, cleanUp);
}

function hold(path: string, nonce: string): () => void {
  const beat = setInterval(() => touchLock(path, nonce), BEAT_MS);
  beat.unref();
  return () => {
    clearInterval(beat);
    leftBehind.add(nonce);
    try {
      if (removeLock(path, nonce)) leftBehind.delete(nonce);
    } catch {
      // The next process that wants it takes it over.
    }
  };
}

function obstructed(path: string): EdenError {
  const hint = "Remove it, if no eden-skills is running.";
  return new EdenError("FILE_FAILED", `${path} exists, but is not a lock`, { path, hint });
}

/**
 * Returns a function that checks whether the lock had the same holder, without a touch, for the
 * whole observation time.
 */
function silenceOf(path: string, clock: Clock): (holder: LockHolder) => boolean {
  let last = "";
  let since = clock.now();
  return ({ nonce }) => {
    const seen = `${nonce} ${lastBeat(path)}`;
    if (seen !== last) [last, since] = [seen, clock.now()];
    return clock.now() - since >= SILENCE_MS;
  };
}

async function takeOver(
  path: string,
  dead: LockHolder,
  options: LockOptions,
  cleanUp: () => void = () => {},
): Promise<void> {
  const { clock, signal } = options;
  const done = await acquireLock(`${path}.after-${dead.nonce}`, { clock, ...(signal && { signal }) });
  try {
    if (readHolder(path)?.nonce !== dead.nonce) return;
    cleanUp();
    removeLock(path, dead.nonce);
  } finally {
    done();
  }
}

/** 5 ms to 100 ms, with jitter, so that waiters do not poll in step. */
function waitMs(round: number): number {
  return Math.min(100, 5 * 1.5 ** Math.min(round, 10)) * (0.5 + Math.random());
}
