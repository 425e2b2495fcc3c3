import { dirname, isAbsolute, join, resolve } from "node:path";
import { EdenError } from "../errors.js";
import { mirrorOf } from "../git/mirror.js";
import { parseLockfile, type LockedSkill } from "../manifest/lockfile/lockfile.js";
import type { Manifest, RepositorySource } from "../manifest/document/manifest.js";
import { fileKey } from "../manifest/source/remote-url.js";
import { parseSource } from "../manifest/source/source-grammar.js";
import type { HistoryRecord } from "../store/history-record.js";
import type { MachineState, OwnedTarget } from "../store/state.js";
import type { Host } from "../system/host.js";
import { lstatIfExists, physicalPath, readLinkIfAny, realPath } from "../system/read-files.js";
import { loadManifest } from "../workspace/load-manifest.js";
import { readLockfile } from "../workspace/read-lockfile.js";
import { inRun } from "../run/run-context.js";
import { resolveRegistrySkills } from "../registry/registry-skills.js";
import type { ActiveRun } from "../store/live-runs.js";
import { openStore, type Store } from "../store/store.js";

/** The data of one storage that must be kept. */
export class Retention {
  readonly #entries = new Set<string>();
  /** Pinned commits by directory of their mirror. */
  readonly #mirrors = new Map<string, Set<string>>();
  /** Directories of mirrors that an active run may use. */
  readonly #inUse = new Set<string>();
  readonly #indexes = new Set<string>();
  /** Earlier states that a rollback could restore. */
  states = 0;
  /** Repository and subpath of skills whose commit is not recorded yet. */
  readonly #sources = new Set<string>();

  constructor(private readonly store: Store) {}

  /** @param directory absolute. */
  hasMirror(directory: string): boolean {
    return this.#mirrors.has(directory);
  }

  /**
   * The pinned commits of a mirror; null if an active run may need others.
   * @param directory absolute.
   */
  commitsIn(directory: string): ReadonlySet<string> | null {
    return this.#inUse.has(directory) ? null : (this.#mirrors.get(directory) ?? new Set());
  }

  /** @param path absolute, of the index of a registry. */
  hasIndex(path: string): boolean {
    return this.#indexes.has(path);
  }

  hasEntry(tree: string, id: string): boolean {
    if (this.#entries.has(join(tree, id))) return true;
    const origins = this.store.readMarker(tree)?.origins ?? [];
    return origins.some(({ repository, subpath }) => this.#sources.has(`${repository}\n${subpath}\n${id}`));
  }

  /** Keeps what is installed now, even if its manifest no longer exists. */
  addInstalled({ targets }: MachineState): void {
    for (const [path, target] of Object.entries(targets)) {
      const entry = linkedEntry(this.store, path, target);
      if (entry !== null) this.#entries.add(join(entry.tree, entry.id));
    }
  }

  /** Keeps the pins of a state of the history, and their mirrors: a rollback has no network. */
  addRecord({ path, lockfile }: HistoryRecord, home: string): void {
    const directory = dirname(path);
    const parsed = parseLockfile(lockfile ?? "", { manifestDirectory: directory, home });
    if ("problem" in parsed) return;
    for (const skill of parsed.lockfile.skills) this.#addLocked(skill, directory, home);
  }

  #addLocked(skill: LockedSkill, directory: string, home: string): void {
    for (const tree of this.store.treesOf(skill)) this.#entries.add(join(tree, skill.id));
    const { sourceRepo, sourceRef: ref, resolvedCommit } = skill;
    const source = parseSource(sourceRepo, { directory, home, allowInsecure: true, ref });
    if (resolvedCommit === "" || source.kind === "refused") return;
    const key = source.kind === "path" ? fileKey(source.path) : source.key;
    this.#addMirror({ key }).add(resolvedCommit);
  }

  /** @returns the commits to keep in it. */
  #addMirror(source: Pick<RepositorySource, "key">, isRunning = false): Set<string> {
    const { directory } = mirrorOf(this.store.root, source);
    const commits = this.#mirrors.get(directory) ?? new Set();
    this.#mirrors.set(directory, commits);
    if (isRunning) this.#inUse.add(directory);
    return commits;
  }

  /** Keeps what an active run needs, whatever its manifest names. */
  addOrigins(origins: readonly string[]): void {
    for (const origin of origins) {
      this.#sources.add(origin);
      this.#addMirror({ key: origin.split("\n")[0] ?? "" }, true);
    }
  }

  /** @param isRunning an active run may fetch other commits than those in the lockfile. */
  addManifest(manifest: Manifest, home: string, isRunning: boolean): void {
    const locked = readLockfile(manifest, home).lockfile.skills;
    for (const skill of locked) this.#addLocked(skill, dirname(manifest.path), home);
    const pinned = new Set(locked.map(({ id }) => id));
    for (const [name, { source }] of Object.entries(manifest.registries)) {
      this.#addMirror(source, isRunning);
      this.#indexes.add(this.store.indexPath(name, source));
    }
    for (const { id, source } of manifest.skills) {
      if (source.kind !== "repository") continue;
      this.#addMirror(source, isRunning);
      if (isRunning || !pinned.has(id)) this.#sources.add(`${source.key}\n${source.subpath}\n${id}`);
    }
  }
}

/**
 * The store entry that a target of ours links to now, or null. A relative link starts at the place
 * of its directory.
 */
export function linkedEntry(
  store: Store,
  path: string,
  { links }: Pick<OwnedTarget, "links">,
): { tree: string; id: string } | null {
  const text = readLinkIfAny(path);
  if (text === null || !links.includes(text)) return null;
  if (isAbsolute(text)) return store.entryAt(text);
  return openStore(realPath(store.root)).entryAt(resolve(dirname(physicalPath(path)), text));
}

/** The manifests and runs that count. */
export interface Keepers {
  /** A rollback among them may need any record. */
  running: readonly ActiveRun[];
  /** One additional manifest. */
  own: Manifest | null;
  /**
   * The number of states of each manifest that are kept besides the current one; null: keep only
   * what active runs need.
   */
  history: number | null;
}

/**
 * Everything that the known manifests of a storage need: those that installed something from it,
 * those of active runs, and one additional manifest.
 * @throws EdenError `MANIFEST_UNREADABLE` if one of them exists but cannot be read: its needs are
 *   unknown.
 */
export async function retentionOf(store: Store, host: Host, { running, own, history }: Keepers): Promise<Retention> {
  const retention = new Retention(store);
  const states = history === null ? [] : store.states.all();
  for (const state of states) retention.addInstalled(state);
  const paths = new Map(states.map(({ manifest }) => [manifest, false]));
  if (own?.storageRoot === store.root && history !== null) paths.set(own.path, false);
  for (const { manifest, origins } of running) {
    paths.set(manifest, true);
    retention.addOrigins(origins);
  }
  for (const [path, isRunning] of paths) {
    if (!isRunning && lstatIfExists(path) === null) continue;
    const records = store.history(path).records();
    const kept = isRunning ? records : records.slice(-1 - (history ?? 0));
    retention.states += Math.max(0, kept.length - 1);
    for (const record of kept) retention.addRecord(record, host.home);
    retention.addManifest(await withRepositories(await readKnown(path, host), host), host.home, isRunning);
  }
  return retention;
}

/**
 * Skills of registries come from the repositories in the lockfile, or else in the local indexes.
 */
async function withRepositories(manifest: Manifest, host: Host): Promise<Manifest> {
  const { lockfile } = readLockfile(manifest, host.home);
  const ids = new Set(manifest.skills.map(({ id }) => id));
  const start = { command: "clean", manifest, options: { host, offline: true } };
  return await inRun(start, async (context) => {
    return (await resolveRegistrySkills(context, manifest, lockfile, { ids })).manifest;
  });
}

async function readKnown(path: string, host: Host): Promise<Manifest> {
  try {
    return (await loadManifest({ manifest: path, host })).manifest;
  } catch (error) {
    if (!(error instanceof EdenError)) throw error;
    throw new EdenError(
      "MANIFEST_UNREADABLE",
      `it is unknown what ${path} needs of the store: ${error.message}`,
      { path, hint: "Correct that manifest, or remove it if its skills are no longer wanted; nothing was removed." },
      error,
    );
  }
}
