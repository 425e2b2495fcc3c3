import { join } from "node:path";
import { EdenError } from "../errors.js";
import type { Manifest } from "../manifest/manifest.js";
import { bytesFreed, deadStaging, storedTrees } from "../store/inventory.js";
import { entryDirectory, markerPath, treeDirectory } from "../store/layout.js";
import { cleanLock, liveRuns } from "../store/live-runs.js";
import { isStoredIndexName } from "../store/stored-index.js";
import { readMarker } from "../store/marker.js";
import { systemClock } from "../system/clock.js";
import { currentHost, type Host } from "../system/host.js";
import { acquireLock } from "../system/lock.js";
import { listDirectory, lstatIfExists } from "../system/read-files.js";
import { removeTree } from "../system/change-trees.js";
import { loadManifest } from "./load-manifest.js";
import { isMirrorName } from "../git/mirror.js";
import { whatIsNeeded, type Needed } from "./needed.js";
import type { RunOptions } from "./options.js";

/** What `clean --json` prints. */
export interface CleanReport {
  schema_version: 1;
  command: "clean";
  dry_run: boolean;
  /** Absolute paths. */
  removed: string[];
  bytes_freed: number;
}

/**
 * Removes from the storage what nobody needs: entries that no manifest known here pins or has installed, mirrors of repositories that none
 * names, and what runs that were killed left in staging. Waits for no run and disturbs none: what a run that goes on may need counts as needed.
 * @throws EdenError `MANIFEST_UNREADABLE` before anything is removed; as `loadManifest`, except that no manifest need be found.
 */
export async function clean(
  options: Pick<RunOptions, "config" | "strict" | "host" | "signal" | "warn">,
  isDryRun: boolean,
): Promise<CleanReport> {
  const host = options.host ?? currentHost();
  const own = await ownManifest(options);
  const storageRoot = own?.storageRoot ?? join(host.home, ".eden-skills", "skills");
  if (lstatIfExists(storageRoot) === null) return reportOf([], 0, isDryRun);
  const lock = { clock: systemClock, ...(options.signal !== undefined && { signal: options.signal }) };
  const release = await acquireLock(cleanLock(storageRoot), lock);
  try {
    const orphans = await findOrphans(storageRoot, host, own);
    const bytes = bytesFreed(orphans);
    if (!isDryRun) for (const path of orphans) removeTree(path);
    return reportOf(orphans, bytes, isDryRun);
  } finally {
    release();
  }
}

function reportOf(removed: string[], bytes: number, isDryRun: boolean): CleanReport {
  return { schema_version: 1, command: "clean", dry_run: isDryRun, removed, bytes_freed: bytes };
}

async function ownManifest(options: Pick<RunOptions, "config" | "strict" | "host" | "warn">): Promise<Manifest | null> {
  try {
    return (await loadManifest(options)).manifest;
  } catch (error) {
    if (error instanceof EdenError && error.code === "MANIFEST_NOT_FOUND" && options.config === undefined) return null;
    throw error;
  }
}

async function findOrphans(storageRoot: string, host: Host, own: Manifest | null): Promise<string[]> {
  const running = liveRuns(storageRoot);
  const needed = await whatIsNeeded(storageRoot, host, running, own);
  return [
    ...orphanedEntries(storageRoot, needed, running.length > 0),
    ...orphanedMirrors(storageRoot, needed),
    ...orphanedIndexes(storageRoot, needed),
    ...deadStaging(storageRoot),
  ].filter((path) => lstatIfExists(path) !== null);
}

/** The marker goes first: without it nobody believes that the content is complete. */
function orphanedEntries(storageRoot: string, needed: Needed, isSomebodyRunning: boolean): string[] {
  return storedTrees(storageRoot).flatMap(({ tree, ids }) => {
    // What has no marker yet is being published at this moment.
    if (isSomebodyRunning && readMarker(storageRoot, tree) === null) return [];
    const orphans = ids.filter((id) => !needed.hasEntry(tree, id));
    if (orphans.length === ids.length) return [markerPath(storageRoot, tree), treeDirectory(storageRoot, tree)];
    return orphans.map((id) => entryDirectory(storageRoot, tree, id));
  });
}

function orphanedIndexes(storageRoot: string, needed: Needed): string[] {
  const root = join(storageRoot, "registries");
  return listDirectory(root)
    .filter((name) => isStoredIndexName(name))
    .map((name) => join(root, name))
    .filter((path) => !needed.hasIndex(path.replace(/\.updated\.json$/u, ".json")));
}

function orphanedMirrors(storageRoot: string, needed: Needed): string[] {
  const root = join(storageRoot, "mirrors");
  return listDirectory(root)
    .filter((name) => isMirrorName(name))
    .map((name) => join(root, name))
    .filter((path) => !needed.hasMirror(path.replace(/\.refs\.json$/u, "")));
}
