import { join } from "node:path";
import { isMirrorName } from "../git/mirror.js";
import { leftoversIn } from "../store/leftovers.js";
import type { Store } from "../store/store.js";
import { isStoredIndexName } from "../store/stored-index.js";
import { listDirectory, lstatIfExists } from "../system/read-files.js";
import type { Retention } from "./retention.js";

/**
 * Absolute paths in the storage that are not needed.
 * @param isAnyoneRunning entries that may be in the making are kept then.
 */
export function findOrphans(store: Store, retention: Retention, isAnyoneRunning: boolean): string[] {
  return [
    ...orphanedEntries(store, retention, isAnyoneRunning),
    ...orphanedMirrors(store, retention),
    ...orphanedIndexes(store, retention),
    ...leftoversIn(store.root),
  ].filter((path) => lstatIfExists(path) !== null);
}

/** The marker is removed first: without it the content does not count as complete. */
function orphanedEntries(store: Store, retention: Retention, isAnyoneRunning: boolean): string[] {
  return store.trees().flatMap(({ tree, ids }) => {
    // An entry without a marker is being published at this moment.
    if (isAnyoneRunning && store.readMarker(tree) === null) return [];
    const orphans = ids.filter((id) => !retention.hasEntry(tree, id));
    if (orphans.length === ids.length) return [store.markerPath(tree), store.treeDirectory(tree)];
    return orphans.map((id) => store.entryDirectory(tree, id));
  });
}

function orphanedIndexes(store: Store, retention: Retention): string[] {
  const root = join(store.root, "registries");
  return listDirectory(root)
    .filter((name) => isStoredIndexName(name))
    .map((name) => join(root, name))
    .filter((path) => !retention.hasIndex(path.replace(/\.updated\.json$/u, ".json")));
}

function orphanedMirrors(store: Store, retention: Retention): string[] {
  const root = join(store.root, "mirrors");
  return listDirectory(root)
    .filter((name) => isMirrorName(name))
    .map((name) => join(root, name))
    .filter((path) => !retention.hasMirror(path.replace(/\.refs\.json$/u, "")));
}
