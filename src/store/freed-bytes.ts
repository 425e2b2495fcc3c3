import { join } from "node:path";
import { listEntries, lstatIfExists } from "../system/read-files.js";

/**
 * Bytes that are freed when all these trees are removed: a file with a hard link elsewhere frees
 * none.
 */
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
