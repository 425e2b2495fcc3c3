import { basename, dirname, join } from "node:path";
import { EdenError } from "../errors.js";
import { usualStorage } from "../manifest/names/product-home.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { bytesFreed } from "../store/freed-bytes.js";
import type { MachineState } from "../store/state.js";
import { systemClock } from "../system/clock.js";
import { currentHost, type Host } from "../system/host.js";
import { acquireLock, deadLocks } from "../system/lock.js";
import { deadTemporaries } from "../system/temporary-files.js";
import { lstatIfExists } from "../system/read-files.js";
import { keptAnswers } from "../store/site-answers.js";
import { removeEmptyDirectory, removeTree } from "../system/change-trees.js";
import { sweepLocks } from "../workspace/sweep-leftovers.js";
import { mirrorNamed, type Mirror } from "../git/mirror.js";
import { compactMirrors, grownMirrors } from "./compact-mirrors.js";
import { ifFree, type CleanContext } from "./if-free.js";
import { loadManifest } from "../workspace/load-manifest.js";
import { linkedEntry, retentionOf, type Retention } from "./retention.js";
import { findOrphans } from "./orphans.js";
import type { RunOptions } from "../run/options.js";
import type { ActiveRun } from "../store/live-runs.js";
import { openStore, type Store } from "../store/store.js";
import { makeStoreWritable } from "../store/make-writable.js";

/** The request of a clean. */
export interface CleanRequest {
  dryRun: boolean;
  /** Everything that can be fetched again, even if it is in use. */
  all: boolean;
  /**
   * The number of states to keep besides the current one; older ones are removed from the history.
   * undefined: no record is removed, and `USUAL_HISTORY` states keep their entries.
   */
  history: number | undefined;
}

/** The document of `clean --json`. */
export interface CleanReport {
  schema_version: 1;
  command: "clean";
  dry_run: boolean;
  /** Absolute paths. */
  removed: string[];
  /** By removing these. */
  bytes_freed: number;
  /**
   * Absolute paths of mirrors that were reduced to what is pinned, and the bytes that this freed:
   * null in a dry run, since only git can say.
   */
  compacted: { mirrors: string[]; bytes: number | null };
  /**
   * What is kept only for a rollback: the number of earlier states, and the bytes that `--history
   * 0` would free.
   */
  kept_for_rollback: { states: number; bytes: number };
  /** Targets that are broken until the next apply; only with `--all`. */
  broken_targets: string[];
}

/** The number of states besides the current one whose entries are kept. */
const USUAL_HISTORY = 10;

/**
 * Removes unused data from the storage: entries that no known manifest pins or has installed,
 * mirrors of repositories that none names, and whatever ended processes left: temporary files,
 * staging directories, locks. It does not wait
 * for active runs and does not disturb them: everything that they may need is kept. With `all`,
 * only that is kept; state, history and backups stay.
 * @throws EdenError `MANIFEST_UNREADABLE` before anything is removed; as `loadManifest`, except
 *   that no manifest need be found.
 */
export async function clean(
  options: Pick<RunOptions, "manifest" | "strict" | "host" | "signal" | "warn">,
  request: CleanRequest,
): Promise<CleanReport> {
  const host = options.host ?? currentHost();
  const own = await ownManifest(options);
  const storageRoot = own?.storageRoot ?? usualStorage(host);
  if (lstatIfExists(storageRoot) === null) return reportOf(NOTHING, request.dryRun);
  const context = { host, clock: systemClock, signal: options.signal ?? new AbortController().signal };
  const store = openStore(storageRoot);
  const release = await acquireLock(store.runs.cleanLock, context);
  try {
    const { grown, retention, ...found } = await lookAround(store, host, own, request);
    const locks = deadLocks(join(store.root, "locks"));
    const mirrors = grown.map(({ directory }) => directory);
    const planned = { ...found, removed: [...locks, ...found.removed], compacted: { mirrors, bytes: null } };
    if (request.dryRun) return reportOf(planned, true);
    await sweepLocks(store.root, context);
    const removed: string[] = [];
    for (const path of found.removed) if (await removeIfFree(context, store, path)) removed.push(path);
    const busy = bytesFreed(found.removed.filter((path) => !removed.includes(path)));
    if (request.all) for (const name of EMPTIED) removeEmptyDirectory(join(store.root, name));
    makeStoreWritable(store);
    const bytes = await compactMirrors(context, store, grown, retention);
    const done = { removed: [...locks, ...removed], bytes_freed: found.bytes_freed - busy };
    return reportOf({ ...found, ...done, compacted: { mirrors, bytes } }, false);
  } finally {
    release();
  }
}

/** Removes a path; a mirror only if no process uses it, as a command that looks at a source may. */
async function removeIfFree(context: CleanContext, store: Store, path: string): Promise<boolean> {
  const mirror = dirname(path) === join(store.root, "mirrors") ? basename(path).replace(/\.refs\.json$/u, "") : null;
  if (mirror !== null) return await ifFree(context, mirrorNamed(store.root, mirror).lockPath, () => removeTree(path));
  removeTree(path);
  return true;
}

/** Directories whose content can be fetched again. */
const EMPTIED = ["store", "mirrors", "registries", "sites", "staging"];

type Found = Omit<CleanReport, "schema_version" | "command" | "dry_run">;

const NOTHING: Found = {
  removed: [],
  bytes_freed: 0,
  compacted: { mirrors: [], bytes: 0 },
  kept_for_rollback: { states: 0, bytes: 0 },
  broken_targets: [],
};

function reportOf(found: Found, isDryRun: boolean): CleanReport {
  return { schema_version: 1, command: "clean", dry_run: isDryRun, ...found };
}

async function lookAround(
  store: Store,
  host: Host,
  own: Manifest | null,
  { all, history }: CleanRequest,
): Promise<Omit<Found, "compacted"> & { grown: readonly Mirror[]; retention: Retention }> {
  const running = store.runs.active();
  const keepers = { running, own, history: all ? null : (history ?? USUAL_HISTORY) };
  const retention = await retentionOf(store, host, keepers);
  const orphans = [...findOrphans(store, retention, running.length > 0), ...leftOutside(store, own)];
  const bytes = bytesFreed(orphans);
  const records = history === undefined ? [] : recordsBefore(store, own, running, history);
  const removed = [...orphans, ...store.runs.forgotten(), ...records, ...(all ? keptAnswers(store.root) : [])];
  const compactable = { grown: grownMirrors(store, retention), retention };
  if (all)
    return {
      ...NOTHING,
      ...compactable,
      removed,
      bytes_freed: bytesFreed(removed),
      broken_targets: brokenTargets(store, retention),
    };
  const without = await retentionOf(store, host, { ...keepers, history: 0 });
  const kept = bytesFreed(findOrphans(store, without, running.length > 0)) - bytes;
  const kept_for_rollback = { states: retention.states, bytes: kept };
  return { ...NOTHING, ...compactable, removed, bytes_freed: bytesFreed(removed), kept_for_rollback };
}

/** Temporary files of ended processes beside known manifests and targets. */
function leftOutside(store: Store, own: Manifest | null): string[] {
  const states = statesOf(store);
  const known = [own?.path ?? [], states.map(({ manifest, targets }) => [manifest, ...Object.keys(targets)])].flat(2);
  return [...new Set(known.map((path) => dirname(path)))].flatMap((directory) =>
    deadTemporaries(directory).map((name) => join(directory, name)),
  );
}

/**
 * Records of known manifests that are older than those to keep; none of a manifest with an active
 * run.
 */
function recordsBefore(store: Store, own: Manifest | null, running: readonly ActiveRun[], history: number): string[] {
  const paths = new Set([...statesOf(store).map(({ manifest }) => manifest), ...(own === null ? [] : [own.path])]);
  for (const { manifest } of running) paths.delete(manifest);
  return [...paths].flatMap((path) => store.history(path).olderThan(history + 1));
}

function brokenTargets(store: Store, retention: Retention): string[] {
  const targets = statesOf(store).flatMap((state) => Object.entries(state.targets));
  return targets.flatMap(([path, target]) => {
    const entry = linkedEntry(store, path, target);
    return entry === null || retention.hasEntry(entry.tree, entry.id) ? [] : [path];
  });
}

/** None if one of them cannot be read: this is only for the report. */
function statesOf(store: Store): MachineState[] {
  try {
    return store.states.all();
  } catch (error) {
    if (error instanceof EdenError) return [];
    throw error;
  }
}

async function ownManifest(
  options: Pick<RunOptions, "manifest" | "strict" | "host" | "warn">,
): Promise<Manifest | null> {
  try {
    return (await loadManifest(options)).manifest;
  } catch (error) {
    if (error instanceof EdenError && error.code === "MANIFEST_NOT_FOUND" && options.manifest === undefined)
      return null;
    throw error;
  }
}
