import { EdenError, sanitize } from "../errors.js";
import type { RepositorySource } from "../manifest/document/manifest.js";
import type { Clock } from "../system/clock.js";
import { acquireLock } from "../system/lock.js";
import { isArchive } from "../manifest/source/archive-address.js";
import type { OpenArchives } from "./archive-remote.js";
import type { Git } from "./git.js";
import { discardMirror, mirrorExists, mirrorOf, type Mirror, type ResolvedRef } from "./mirror.js";
import { NO_SETTINGS, type OwnerSettings } from "./owner-settings.js";
import { countReceived } from "./received-bytes.js";
import type { Remote } from "./remote.js";
import { ObjectReader } from "./object-reader.js";
import { PackShells } from "./pack-shells.js";
import { rememberedRef } from "./remembered-refs.js";
import { findRef, namesOf, resolveRefs, type RefAnswer } from "./remote-refs.js";
import type { OpenedMirror } from "./opened-mirror.js";
import type { Repository } from "./repository.js";
import { SharedObjects } from "./shared-objects.js";
import { loadProcesses } from "../system/processes.js";
import { turnEnded } from "../system/turn-ended.js";
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
  /** Sends requests for refs in advance. */
  ahead?: Ahead;
  openArchives: OpenArchives;
}

/** Requests for refs that are sent before they are needed. */
export interface Ahead {
  send(questions: readonly Question[], remoteOf: (source: RepositorySource) => Promise<Remote>): void;
  peek(source: RepositorySource, names: readonly string[], signal: AbortSignal): Promise<Answer>;
  ask: NonNullable<Remote["askRefs"]>;
}

/** Refs by name; null if only git can ask; undefined if they were not asked for. */
export type Answer = Map<string, string> | null | undefined;

/** Refs of a repository (null: the default branch). */
export interface Question {
  source: RepositorySource;
  refs: readonly (string | null)[];
}

/** One attempt at a repository, and callbacks for its progress. */
export interface Attempt {
  signal: AbortSignal;
  /** Another process holds the lock of the mirror. */
  onWait?: (what: string, pid: number) => void;
  /** The lock was taken after so many milliseconds. */
  onWaited?: (what: string, ms: number) => void;
  /** Bytes that arrived since the last call. */
  onBytes?: (bytes: number) => void;
}

/** The repositories of one run. */
export class Repositories {
  readonly #created = new Set<string>();
  readonly #ofRun = { gitOnly: new Set<string>(), packShells: new PackShells() };
  #shared: SharedObjects | null = null;

  constructor(private readonly access: RepositoryAccess) {}

  /**
   * Starts to look for git, and loads what the first fetch needs while git answers. A failure to
   * find it is that of the first call that needs it.
   */
  async prepare(signal: AbortSignal): Promise<void> {
    this.access.git(signal).catch(() => {});
    await turnEnded();
    // What cannot be loaded now is a failure of the call that needs it.
    await Promise.allSettled([loadProcesses(), import("./repository.js")]);
  }

  /** What the owner has configured for git; nothing without git. @throws the signal's reason. */
  async ownerSettings(signal: AbortSignal): Promise<OwnerSettings> {
    try {
      return (await this.access.git(signal)).owner;
    } catch (error) {
      if (error instanceof EdenError && error.code === "GIT_MISSING") return NO_SETTINGS;
      throw error;
    }
  }

  /** Requests refs in advance, without a process; `resolve` uses the answers. */
  askAhead(questions: readonly Question[], signal: AbortSignal): void {
    if (this.access.offline) return;
    const ofGit = questions.filter(({ source }) => !isArchive(source));
    this.access.ahead?.send(ofGit, async (source) => await this.#remote(source, signal));
  }

  /**
   * The refs, if they were requested in advance, all were found, and offline they would be the same;
   * else null. Their mirror needs no change then. A failure is that of `resolve`.
   */
  async resolvedAhead(
    { source, refs }: Question,
    signal: AbortSignal,
  ): Promise<Map<string | null, ResolvedRef> | null> {
    const advertised = await this.access.ahead?.peek(source, namesOf(refs), signal).catch(() => null);
    const mirror = this.#mirrorOf(source);
    const found = new Map<string | null, ResolvedRef>();
    for (const ref of refs) {
      const [answer, remembered] = [advertised ? findRef(advertised, ref) : null, rememberedRef(mirror, ref)];
      if (answer === null || answer.commit !== remembered?.commit || answer.tag !== remembered.tag) return null;
      found.set(ref, answer);
    }
    return found;
  }

  /**
   * Reads the objects of these repositories through one process, as long as the call lasts.
   * @param signal ends that process.
   */
  async shareObjects<T>(sources: readonly RepositorySource[], signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const mirrors = new Map(sources.map((source) => [source.key, this.#mirrorOf(source)]));
    // For one repository its own process is simpler.
    const shared = mirrors.size > 1 ? new SharedObjects([...mirrors.values()], signal) : null;
    this.#shared = shared;
    try {
      return await this.#ofRun.packShells.keepDuring(work);
    } finally {
      this.#shared = null;
      await shared?.close();
    }
  }

  /**
   * Resolves refs of a repository; takes no lock and writes nothing, except for archives.
   * @throws EdenError if the remote cannot be reached.
   */
  async resolve(
    source: RepositorySource,
    refs: readonly (string | null)[],
    signal: AbortSignal,
  ): Promise<Map<string | null, RefAnswer>> {
    if (refs.length === 0) return new Map();
    if (isArchive(source)) return await this.open(source, { signal }, async (opened) => await opened.resolve(refs));
    return await resolveRefs(await this.#remote(source, signal), refs);
  }

  /** True if the mirror was empty at the first attempt of this run, also in later ones. */
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
    { signal, onWait, onWaited, onBytes }: Attempt,
    use: (repository: Repository) => Promise<T>,
  ): Promise<T> {
    const remote = await this.#remote(source, signal);
    const mirror = this.#mirrorOf(source);
    const release = await acquireLock(mirror.lockPath, {
      clock: this.access.clock,
      signal,
      onWait: ({ pid }) => onWait?.(sanitize(source.repo), pid),
      onWaited: (ms) => onWaited?.(sanitize(source.repo), ms),
    });
    const isMade = isArchive(source);
    const received = onBytes === undefined || isMade ? null : countReceived(mirror, this.access.clock, onBytes);
    try {
      const { offline } = this.access;
      const archives = isMade ? await this.access.openArchives(remote, mirror, { offline, onBytes }) : null;
      return await this.#useOrRebuild({ remote, mirror, archives }, use);
    } catch (error) {
      sweepQuietly(mirror);
      throw error;
    } finally {
      received?.end();
      release();
    }
  }

  async #useOrRebuild<T>(
    opened: Omit<OpenedMirror, "objects">,
    use: (repository: Repository) => Promise<T>,
  ): Promise<T> {
    const { remote, mirror } = opened;
    const existed = mirrorExists(mirror);
    const { git, signal } = remote;
    if (this.#shared?.has(mirror) === true) {
      try {
        return await this.#use({ ...opened, objects: this.#shared.source(git, signal) }, use);
      } catch (error) {
        // It may be another mirror that is damaged.
        if (signal.aborted || !mayBeDamage(error) || error.facts.stage !== "materialise") throw error;
      }
    }
    const own = () => ({ ...opened, objects: new ObjectReader(git, mirror.directory, signal) });
    try {
      return await this.#use(own(), use);
    } catch (error) {
      if (!existed || this.access.offline || signal.aborted || !mayBeDamage(error)) throw error;
      discardMirror(mirror);
      return await this.#use(own(), use);
    }
  }

  async #use<T>(opened: OpenedMirror, use: (repository: Repository) => Promise<T>): Promise<T> {
    const onCreated = () => void this.#created.add(opened.mirror.directory);
    try {
      const { Repository } = await import("./repository.js");
      return await use(new Repository(opened, this.access.offline, onCreated));
    } finally {
      await opened.objects.close();
    }
  }

  async #remote(source: RepositorySource, signal: AbortSignal): Promise<Remote> {
    const { stallMs, ahead } = this.access;
    const git = await this.access.git(signal);
    return { git, source, signal, stallMs, ...this.#ofRun, ...(ahead !== undefined && { askRefs: ahead.ask }) };
  }

  #mirrorOf(source: RepositorySource): Mirror {
    return mirrorOf(this.access.storageRoot, source);
  }
}

function mayBeDamage(error: unknown): error is EdenError {
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
