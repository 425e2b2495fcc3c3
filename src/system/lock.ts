import { randomBytes } from "node:crypto";
import { linkSync, unlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { errorCode } from "../errors.js";
import type { Clock } from "./clock.js";
import { fileFailure, makeDirectory, readTextIfExists, temporaryBeside } from "./files.js";
import { isAlive, processIdentity } from "./identity.js";

/** What a lock file says of its holder. */
export interface LockHolder {
  pid: number;
  start: string;
  host: string;
  /** Never used twice: it tells two holders of one file apart. */
  nonce: string;
}

export interface LockOptions {
  clock: Clock;
  signal?: AbortSignal;
  /** Called once, when somebody else holds it. */
  onWait?: (holder: LockHolder) => void;
}

/**
 * Takes a lock between processes and returns its release. Waits as long as the holder lives; a dead holder's lock is taken over at
 * once. Age is never looked at, so neither a clock that jumps nor a machine that sleeps can break it.
 *
 * The file appears complete, by `link`. A takeover of holder D is itself a lock, named after D's nonce: only its holder removes the
 * file, and only while the file still says D, so that nobody removes a lock that was taken in the meantime.
 *
 * @throws the signal's reason when aborted; EdenError PERMISSION_DENIED or DISK_FULL when the file cannot be made.
 */
export async function acquireLock(path: string, options: LockOptions): Promise<() => void> {
  makeDirectory(dirname(path), 0o700);
  for (let round = 0; ; round++) {
    options.signal?.throwIfAborted();
    const nonce = tryLink(path);
    if (nonce !== null) return () => release(path, nonce);
    const holder = readHolder(path);
    if (holder !== null && isAlive(holder)) {
      if (round === 0) options.onWait?.(holder);
      await options.clock.sleep(waitMs(round), options.signal);
    } else if (holder !== null) {
      await takeOver(path, holder, options);
    }
  }
}

async function takeOver(path: string, dead: LockHolder, options: LockOptions): Promise<void> {
  const done = await acquireLock(`${path}.after-${dead.nonce}`, {
    clock: options.clock,
    ...(options.signal && { signal: options.signal }),
  });
  try {
    if (readHolder(path)?.nonce === dead.nonce) unlinkSync(path);
  } finally {
    done();
  }
}

/** The nonce when the lock is ours now, null when the file exists. */
function tryLink(path: string): string | null {
  const nonce = randomBytes(8).toString("hex");
  const { pid, start, host } = processIdentity();
  const draft = temporaryBeside(path);
  try {
    writeFileSync(draft, JSON.stringify({ pid, start, host, nonce } satisfies LockHolder), { flag: "wx", mode: 0o600 });
    linkSync(draft, path);
    return nonce;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return null;
    throw fileFailure(error, path);
  } finally {
    unlinkIfThere(draft);
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
  return { pid: 0, start: "", host: processIdentity().host, nonce: "unreadable" };
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
