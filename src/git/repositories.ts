import { EdenError, sanitize } from "../errors.js";
import type { RepositorySource } from "../manifest/document/manifest.js";
import type { Clock } from "../system/clock.js";
import { acquireLock } from "../system/lock.js";
import type { Git } from "./git.js";
import { discardMirror, mirrorExists, mirrorOf, type Mirror } from "./mirror.js";
import { countReceived } from "./received-bytes.js";
import type { Remote } from "./remote.js";
import { resolveRefs, type RefAnswer } from "./remote-refs.js";
import { Repository } from "./repository.js";
import { sweepRepository } from "./sweep-repository.js";

/** The location of mirrors, and settings for remotes. */
export interface RepositoryAccess {
  storageRoot: string;
  clock: Clock;
  offline: boolean;
  /** Milliseconds without progress after which a git process is ended. */
  stallMs: number;
  /**
   * git, located and checked on first use.
   * @throws EdenError `GIT_MISSING`; the signal's reason.
   */
  git(signal: AbortSignal): Promise<Git>;
}

/** One attempt at a repository, and callbacks for its progress. */
export interface Attempt {
  signal: AbortSignal;
  /** Another process holds the lock of the mirror. */
  onWait?: (what: string, pid: number) => void;
  /** Bytes that arrived since the last call. */
  onBytes?: (bytes: number) => void;
}

/** The repositories of one run. */
export class Repositories {
  readonly #created = new Set<string>();

  constructor(private readonly access: RepositoryAccess) {}

  /**
   * Resolves refs of a repository; takes no lock and writes nothing.
   * @throws EdenError if the remote cannot be reached.
   */
  async resolve(
    source: RepositorySource,
    refs: readonly (string | null)[],
    signal: AbortSignal,
  ): Promise<Map<string | null, RefAnswer>> {
    if (refs.length === 0) return new Map();
    return await resolveRefs(await this.#remote(source, signal), refs);
  }

  /**
   * True if the mirror was empty at the first attempt of this run; a repeated attempt does not
   * change that.
   */
  wasCreated(source: RepositorySource): boolean {
    return this.#created.has(this.#mirrorOf(source).directory);
  }

  /**
   * Opens a repository under the lock of its mirror and closes it afterwards. A mirror that turns
   * out to be damaged is rebuilt and `use` called again, once: git can neither fetch into a damaged
   * object database nor repair it.
   * @throws errors of `use`; the signal's reason when aborted.
   */
  async open<T>(
    source: RepositorySource,
    { signal, onWait, onBytes }: Attempt,
    use: (repository: Repository) => Promise<T>,
  ): Promise<T> {
    const remote = await this.#remote(source, signal);
    const mirror = this.#mirrorOf(source);
    const release = await acquireLock(mirror.lockPath, {
      clock: this.access.clock,
      signal,
      ...(onWait !== undefined && { onWait: ({ pid }) => onWait(sanitize(source.repo), pid) }),
    });
    const received = onBytes === undefined ? null : countReceived(mirror, this.access.clock, onBytes);
    try {
      return await this.#useOrRebuild(remote, mirror, use);
    } catch (error) {
      sweepQuietly(mirror);
      throw error;
    } finally {
      received?.end();
      release();
    }
  }

  async #useOrRebuild<T>(remote: Remote, mirror: Mirror, use: (repository: Repository) => Promise<T>): Promise<T> {
    const existed = mirrorExists(mirror);
    try {
      return await this.#use(remote, mirror, use);
    } catch (error) {
      if (!existed || this.access.offline || remote.signal.aborted || !mayBeDamage(error)) throw error;
      discardMirror(mirror);
      return await this.#use(remote, mirror, use);
    }
  }

  async #use<T>(remote: Remote, mirror: Mirror, use: (repository: Repository) => Promise<T>): Promise<T> {
    const onCreated = () => void this.#created.add(mirror.directory);
    const repository = new Repository(remote, mirror, this.access.offline, onCreated);
    try {
      return await use(repository);
    } finally {
      await repository.close();
    }
  }

  async #remote(source: RepositorySource, signal: AbortSignal): Promise<Remote> {
    return { git: await this.access.git(signal), source, signal, stallMs: this.access.stallMs };
  }

  #mirrorOf(source: RepositorySource): Mirror {
    return mirrorOf(this.access.storageRoot, source);
  }
}

function mayBeDamage(error: unknown): boolean {
  return error instanceof EdenError && ["FETCH_CORRUPT", "FILE_FAILED", "INTERNAL"].includes(error.code);
}

/** A failed fetch leaves an incomplete pack: on a full disk nothing works until it is removed. */
function sweepQuietly(mirror: Mirror): void {
  try {
    sweepRepository(mirror.directory);
  } catch {
    // The next run sweeps again; the current failure is the one to report.
  }
}
