import { join } from "node:path";
import { EdenError } from "../errors.js";
import type { Clock } from "../system/clock.js";
import { isTokenDead, processToken } from "../system/identity.js";
import { acquireLock } from "../system/lock.js";
import { listDirectory, lstatIfExists, readTextIfExists } from "../system/read-files.js";
import { removeQuietly } from "../system/temporary-files.js";
import { writeDisposable } from "../system/write-files.js";

/** Held by whoever removes from the storage, and for a moment by every run that begins: a run is seen by a removal, or waits for its end. */
export function cleanLock(storageRoot: string): string {
  return join(storageRoot, "locks", "clean.lock");
}

let entered = 0;

/**
 * Makes this run known to whoever wants to remove from the storage.
 * @returns what ends it; nothing to end where the storage cannot be written, since nobody removes from it either.
 * @throws the signal's reason when aborted.
 */
export async function enterStore(
  storageRoot: string,
  manifestPath: string,
  options: { clock: Clock; signal?: AbortSignal },
): Promise<() => void> {
  const path = join(runsDirectory(storageRoot), `${processToken()}.${entered++}`);
  try {
    const release = await acquireLock(cleanLock(storageRoot), options);
    try {
      writeDisposable(path, manifestPath);
    } finally {
      release();
    }
    return () => removeQuietly(path);
  } catch (error) {
    if (error instanceof EdenError) return () => {};
    throw error;
  }
}

/** The manifests of all runs that go on, on this machine or on another that shares the storage; runs that ended without a word are forgotten. */
export function liveRuns(storageRoot: string): string[] {
  const manifests: string[] = [];
  for (const name of listDirectory(runsDirectory(storageRoot)).filter((entry) => /^\d/u.test(entry))) {
    const path = join(runsDirectory(storageRoot), name);
    const manifest = readTextIfExists(path);
    const written = lstatIfExists(path)?.mtimeMs;
    // It ended while we looked: what it installed is in its state, which is read after this.
    if (manifest === null || written === undefined) continue;
    if (isTokenDead(name.replace(/\.\d+$/u, "")) || Date.now() - written > FORGOTTEN_MS) removeQuietly(path);
    else manifests.push(manifest);
  }
  return manifests;
}

/** Of a run on another machine nobody can tell whether it still goes on; none lasts a week. */
const FORGOTTEN_MS = 7 * 24 * 3600 * 1000;

function runsDirectory(storageRoot: string): string {
  return join(storageRoot, "runs");
}
