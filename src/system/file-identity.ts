import { join } from "node:path";
import { listEntries, lstatIfExists, readBytesIfExists, statIfExists } from "./read-files.js";
import { sha256Hex } from "./sha256.js";

/**
 * Identifies an entry and its version: equal values mean the same entry, unchanged. Null if it does
 * not exist. Links are not followed.
 */
export function fileIdentity(path: string): string | null {
  const stats = lstatIfExists(path);
  if (stats === null) return null;
  const { dev, ino, mode, size, mtimeMs, ctimeMs } = stats;
  return `${dev}:${ino}:${mode}:${size}:${mtimeMs}:${ctimeMs}`;
}

/**
 * The time of the last change of an entry, in ms of the wall clock; -Infinity if it does not exist.
 * Links are not followed.
 */
export function changedAt(path: string): number {
  return lstatIfExists(path)?.ctimeMs ?? Number.NEGATIVE_INFINITY;
}

/** Identifies the directory that a path leads to, with links followed; null if there is none. */
export function directoryIdentity(path: string): string | null {
  const stats = statIfExists(path);
  return stats?.isDirectory() === true ? `${stats.dev}:${stats.ino}` : null;
}

/** True for two paths of one file or directory, with links followed. */
export function isSameFile(one: string, other: string): boolean {
  const [a, b] = [statIfExists(one), statIfExists(other)];
  return a !== null && b !== null && a.dev === b.dev && a.ino === b.ino;
}

/**
 * SHA-256 of a file's bytes in hex; null if it does not exist.
 * @throws EdenError for anything that is not a regular file.
 */
export function fileDigest(path: string): string | null {
  const bytes = readBytesIfExists(path);
  return bytes === null ? null : sha256Hex(bytes);
}

/** A directory and everything in it, recursively. */
export function everythingIn(directory: string): string[] {
  return [
    directory,
    ...listEntries(directory).flatMap(({ name, kind }) => {
      const path = join(directory, name);
      return kind === "directory" ? everythingIn(path) : [path];
    }),
  ];
}
