import { basename, join } from "node:path";
import { EdenError } from "../errors.js";
import type { Clock } from "../system/clock.js";
import { livenessOfToken, processToken } from "../system/identity.js";
import { acquireLock } from "../system/lock.js";
import { listDirectory, lstatIfExists, readTextIfExists } from "../system/read-files.js";
import { removeQuietly } from "../system/temporary-files.js";
import { writeDisposable } from "../system/write-files.js";

/** A run in progress. */
export interface ActiveRun {
  /** Its path. */
  manifest: string;
  /** Repository, subpath and id, by line, of skills that the manifest may not name. */
  origins: readonly string[];
}

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
   * Records this run, or what else it needs.
   * @param options.origins of entries that its manifest on disk may not name (yet).
   * @returns a function that ends the record. If the storage is not writable, it does nothing: then
   *   nothing is removed either.
   * @throws the signal's reason if aborted.
   */
  async enter(
    manifestPath: string,
    { origins = [], ...options }: { clock: Clock; signal?: AbortSignal; origins?: readonly string[] },
  ): Promise<() => void> {
    const path = join(this.#directory, `${processToken()}.${entered++}`);
    try {
      const release = await acquireLock(this.cleanLock, options);
      try {
        writeDisposable(path, [manifestPath, ...origins].join("\0"));
      } finally {
        release();
      }
      return () => removeQuietly(path);
    } catch (error) {
      if (error instanceof EdenError) return () => {};
      throw error;
    }
  }

  /** All runs in progress, on this machine or on another that shares the storage. */
  active(): ActiveRun[] {
    const runs: ActiveRun[] = [];
    for (const path of this.#records()) {
      const text = readTextIfExists(path);
      // Without a text it ended meanwhile: what it installed is in its state, which is read later.
      if (text === null || livenessOfRun(path) === "dead" || isForgotten(path)) continue;
      const [manifest = "", ...origins] = text.split("\0");
      runs.push({ manifest, origins });
    }
    return runs;
  }

  /** Paths of records of runs on other machines that have ended long ago. */
  forgotten(): string[] {
    return this.#records().filter(isForgotten);
  }

  #records(): string[] {
    const names = listDirectory(this.#directory).filter((name) => /^\d/u.test(name));
    return names.map((name) => join(this.#directory, name));
  }
}

function livenessOfRun(path: string) {
  return livenessOfToken(basename(path).replace(/\.\d+$/u, ""));
}

/** The clock decides only about runs of another machine, whose processes cannot be seen. */
function isForgotten(path: string): boolean {
  const age = Date.now() - (lstatIfExists(path)?.mtimeMs ?? Date.now());
  return livenessOfRun(path) === "foreign" && age > FORGOTTEN_MS;
}

let entered = 0;

/** Whether a run on another machine still goes on cannot be known; none lasts a week. */
const FORGOTTEN_MS = 7 * 24 * 3600 * 1000;
