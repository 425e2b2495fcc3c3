import { join } from "node:path";
import { isTokenDead } from "../system/identity.js";
import { listDirectory, listEntries, lstatIfExists } from "../system/read-files.js";
import { stagingRoot, storeDirectory, treeDirectory } from "./layout.js";
import { isObjectId } from "../manifest/names/object-id.js";

/** All contents of the store, with the ids that each lies there under; also such that have no marker, or nothing but a marker. */
export function storedTrees(storageRoot: string): { tree: string; ids: string[] }[] {
  const names = listDirectory(storeDirectory(storageRoot)).map((name) => name.replace(/\.json$/u, ""));
  const trees = new Set(names.filter(isObjectId));
  return [...trees].map((tree) => ({ tree, ids: idsOf(storageRoot, tree) }));
}

/** The ids that a content lies under. Whatever else is in its directory, such as what a Finder leaves, is no entry. */
export function idsOf(storageRoot: string, tree: string): string[] {
  return listDirectory(treeDirectory(storageRoot, tree)).filter((name) => /^[a-z0-9]/u.test(name));
}

/** Paths of staging directories whose process has ended. */
export function deadStaging(storageRoot: string): string[] {
  const root = stagingRoot(storageRoot);
  return listDirectory(root)
    .filter((name) => isTokenDead(name.replace(/\.\d+$/u, "")))
    .map((name) => join(root, name));
}

/** Bytes of files that are freed when all these trees are removed: a file with a name elsewhere frees none. */
export function bytesFreed(paths: readonly string[]): number {
  const files = new Map<string, { links: number; bytes: number }>();
  const visit = (path: string): void => {
    const stats = lstatIfExists(path);
    if (stats === null) return;
    if (stats.isDirectory()) {
      for (const { name } of listEntries(path)) visit(join(path, name));
      return;
    }
    const key = `${stats.dev} ${stats.ino}`;
    const file = files.get(key) ?? { links: stats.nlink, bytes: stats.size };
    files.set(key, { ...file, links: file.links - 1 });
  };
  for (const path of paths) visit(path);
  return [...files.values()].reduce((sum, { links, bytes }) => (links <= 0 ? sum + bytes : sum), 0);
}
