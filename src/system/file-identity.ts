import { join } from "node:path";
import { listEntries, lstatIfExists, readBytesIfExists, statIfExists } from "./read-files.js";
import { sha256Hex } from "./sha256.js";

/** What tells that an entry is the one that was seen, unchanged; null when nothing is there. Links are not followed. */
export function fileIdentity(path: string): string | null {
  const stats = lstatIfExists(path);
  if (stats === null) return null;
  const { dev, ino, mode, size, mtimeMs, ctimeMs } = stats;
  return `${dev}:${ino}:${mode}:${size}:${mtimeMs}:${ctimeMs}`;
}

/** When an entry was last changed in any way, in ms of the wall clock; links are not followed. -Infinity when nothing is there. */
export function changedAt(path: string): number {
  return lstatIfExists(path)?.ctimeMs ?? Number.NEGATIVE_INFINITY;
}

/** What tells which directory a path leads to, links followed; null when it leads to none. */
export function directoryIdentity(path: string): string | null {
  const stats = statIfExists(path);
  return stats?.isDirectory() === true ? `${stats.dev}:${stats.ino}` : null;
}

/** True for two names of one file or directory, links followed. */
export function isSameFile(one: string, other: string): boolean {
  const [a, b] = [statIfExists(one), statIfExists(other)];
  return a !== null && b !== null && a.dev === b.dev && a.ino === b.ino;
}

/** SHA-256 of a file's bytes in hex; null when there is none. @throws EdenError for anything that is no regular file. */
export function fileDigest(path: string): string | null {
  const bytes = readBytesIfExists(path);
  return bytes === null ? null : sha256Hex(bytes);
}

/** A directory and all that lies in it. */
export function everythingIn(directory: string): string[] {
  return [
    directory,
    ...listEntries(directory).flatMap(({ name, kind }) => {
      const path = join(directory, name);
      return kind === "directory" ? everythingIn(path) : [path];
    }),
  ];
}
