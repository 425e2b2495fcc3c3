import { join } from "node:path";
import { EdenError } from "../errors.js";
import type { Clock } from "../system/clock.js";
import { isTokenDead, processToken } from "../system/identity.js";
import { acquireLock } from "../system/lock.js";
import { listDirectory, lstatIfExists, readTextIfExists } from "../system/read-files.js";
import { removeQuietly } from "../system/temporary-files.js";
import { writeDisposable } from "../system/write-files.js";

/**
 * The runs that use one storage, known to each other so that nothing is removed that a run needs.
 */
export class LiveRuns {
  readonly #directory: string;
  /**
   * Held during a removal from the storage, and briefly by each run that starts: the removal sees
   * the run, or the run waits.
   */
  readonly cleanLock: string;

  constructor(root: string) {
    this.#directory = join(root, "runs");
    this.cleanLock = join(root, "locks", "clean.lock");
  }

  /**
   * Records this run.
   * @returns a function that ends the record. If the storage is not writable, it does nothing: then
   *   nothing is removed either.
   * @throws the signal's reason if aborted.
   */
  async enter(manifestPath: string, options: { clock: Clock; signal?: AbortSignal }): Promise<() => void> {
    const path = join(this.#directory, `${processToken()}.${entered++}`);
    try {
      const release = await acquireLock(this.cleanLock, options);
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

  /**
   * The manifests of all runs in progress, on this machine or on another that shares the storage.
   */
  manifests(): string[] {
    const manifests: string[] = [];
    for (const name of listDirectory(this.#directory).filter((entry) => /^\d/u.test(entry))) {
      const path = join(this.#directory, name);
      const manifest = readTextIfExists(path);
      const written = lstatIfExists(path)?.mtimeMs;
      // It ended meanwhile: what it installed is in its state, which is read after this.
      if (manifest === null || written === undefined) continue;
      if (Date.now() - written > FORGOTTEN_MS) removeQuietly(path);
      else if (!isTokenDead(name.replace(/\.\d+$/u, ""))) manifests.push(manifest);
    }
    return manifests;
  }
}

let entered = 0;

/** Whether a run on another machine still goes on cannot be known; none lasts a week. */
const FORGOTTEN_MS = 7 * 24 * 3600 * 1000;
