import { randomBytes } from "node:crypto";
import { linkSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { errorCode } from "../errors.js";
import type { Clock } from "./clock.js";
import { fileFailure } from "./file-failure.js";
import { lstatIfExists, readTextIfExists } from "./read-files.js";
import { makeDirectory, removeQuietly, temporaryBeside } from "./write-files.js";
import { livenessOf, processIdentity, type ProcessIdentity } from "./identity.js";

/** What a lock file says of its holder. */
export interface LockHolder extends ProcessIdentity {
  /** Never used twice: it tells two holders of one file apart. */
  nonce: string;
}

export interface LockOptions {
  clock: Clock;
  signal?: AbortSignal;
  /** Called once, when somebody else holds it. */
  onWait?: (holder: LockHolder) => void;
}

/** How often a holder touches its lock, and how long a lock of another machine must lie untouched before it counts as dead; ms. */
const BEAT_MS = 5_000;
const SILENCE_MS = 30_000;

/**
 * Takes a lock between processes and returns its release. Waits as long as the holder lives; the lock of a dead one is taken over at
 * once. Of a holder on another machine or in another container only its beat can be seen: it counts as dead when its lock was not touched
 * for 30 s of our own time. The wall clock and the age of a file decide nothing.
 *
 * The file appears complete, by `link`. A takeover of holder D is itself a lock, named after D's nonce: only its holder removes the
 * file, and only while the file still says D, so that nobody removes a lock that was taken in the meantime.
 *
 * @throws the signal's reason when aborted; EdenError PERMISSION_DENIED or DISK_FULL when the file cannot be made.
 */
export async function acquireLock(path: string, options: LockOptions): Promise<() => void> {
  makeDirectory(dirname(path), 0o700);
  const isSilent = silenceOf(path, options.clock);
  let isTold = false;
  for (let round = 0; ; round++) {
    options.signal?.throwIfAborted();
    const holder = readHolder(path);
    if (holder === null) {
      const nonce = tryLink(path);
      if (nonce !== null) return hold(path, nonce);
      continue;
    }
    const liveness = livenessOf(holder);
    if (liveness === "dead" || (liveness === "foreign" && isSilent(holder))) await takeOver(path, holder, options);
    else {
      if (!isTold) options.onWait?.(holder);
      isTold = true;
      await options.clock.sleep(waitMs(round), options.signal);
    }
  }
}

function hold(path: string, nonce: string): () => void {
  const beat = setInterval(() => touch(path, nonce), BEAT_MS);
  beat.unref();
  return () => {
    clearInterval(beat);
    release(path, nonce);
  };
}

/** Tells whether a lock has lain untouched, in the hands of one holder, for the whole time that we have watched it. */
function silenceOf(path: string, clock: Clock): (holder: LockHolder) => boolean {
  let last = "";
  let since = clock.now();
  return ({ nonce }) => {
    const seen = `${nonce} ${lstatIfExists(path)?.mtimeMs}`;
    if (seen !== last) [last, since] = [seen, clock.now()];
    return clock.now() - since >= SILENCE_MS;
  };
}

async function takeOver(path: string, dead: LockHolder, options: LockOptions): Promise<void> {
  const { clock, signal } = options;
  const done = await acquireLock(`${path}.after-${dead.nonce}`, { clock, ...(signal && { signal }) });
  try {
    if (readHolder(path)?.nonce === dead.nonce) unlinkSync(path);
  } finally {
    done();
  }
}

/** The nonce when the lock is ours now, null when the file exists. */
function tryLink(path: string): string | null {
  const nonce = randomBytes(8).toString("hex");
  const draft = temporaryBeside(path);
  try {
    writeFileSync(draft, JSON.stringify({ ...processIdentity(), nonce } satisfies LockHolder), {
      flag: "wx",
      mode: 0o600,
    });
    linkSync(draft, path);
    return nonce;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return null;
    throw fileFailure(error, path);
  } finally {
    removeQuietly(draft);
  }
}

function release(path: string, nonce: string): void {
  if (readHolder(path)?.nonce === nonce) unlinkIfThere(path);
}

/** null when the lock is free. A file that cannot be read as a lock counts as held by a dead process: ours appear complete. */
function readHolder(path: string): LockHolder | null {
  const text = readTextIfExists(path);
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && "nonce" in value && "pid" in value) return value as LockHolder;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return { ...processIdentity(), pid: 0, nonce: "unreadable" };
}

function touch(path: string, nonce: string): void {
  try {
    if (readHolder(path)?.nonce === nonce) utimesSync(path, new Date(), new Date());
  } catch {
    // Somebody took it from us: the release will see that it is not ours.
  }
}

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
}

/** 5 ms to 100 ms, with jitter, so that many waiters do not look in step. */
function waitMs(round: number): number {
  return Math.min(100, 5 * 1.5 ** Math.min(round, 10)) * (0.5 + Math.random());
}
