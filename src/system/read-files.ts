import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  readlinkSync,
  realpathSync,
  statSync,
  type Stats,
} from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { EdenError, errorCode } from "../errors.js";
import { fileFailure, typed, orNull } from "./file-failure.js";
import { perTurn } from "./per-turn.js";

/** Maximum size in bytes of a file that is read whole into memory: manifests, lockfiles, state. */
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * The text of a file, or null if it does not exist.
 * @throws EdenError for anything that is not a regular file of acceptable size.
 */
export function readTextIfExists(path: string): string | null {
  return readBytesIfExists(path)?.toString("utf8") ?? null;
}

/**
 * The bytes of a file, or null if it does not exist. A device or a pipe, which might never end, is
 * refused.
 */
export function readBytesIfExists(path: string): Buffer | null {
  return orNull(path, () => {
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = fstatSync(descriptor);
      if (!stats.isFile()) throw new EdenError("INVALID_FILE", `${path} is not a regular file`, { path });
      if (stats.size > MOST_BYTES)
        throw new EdenError("INVALID_FILE", `${path} is larger than ${MOST_BYTES} bytes`, { path });
      return readFileSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  });
}

/** lstat, or null if the path does not exist. Never follows a link. */
export function lstatIfExists(path: string): Stats | null {
  return orNull(path, () => lstatSync(path, WITHOUT_ERROR) ?? null);
}

/** stat (follows links), or null if the path does not exist or a link is broken. */
export function statIfExists(path: string): Stats | null {
  return orNull(path, () => statSync(path, WITHOUT_ERROR) ?? null);
}

/** An exception takes longer than the call itself, and most paths are looked for before they exist. */
const WITHOUT_ERROR = { throwIfNoEntry: false } as const;

/** The text of a symbolic link, or null if the path does not exist or is not a link. */
export function readLinkIfAny(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (["ENOENT", "EINVAL", "ENOTDIR"].includes(errorCode(error) ?? "")) return null;
    throw fileFailure(error, path);
  }
}

/** Names in a directory, in byte order; empty if it does not exist. */
export function listDirectory(path: string): string[] {
  return (orNull(path, () => readdirSync(path)) ?? []).toSorted((a, b) =>
    Buffer.compare(Buffer.from(a), Buffer.from(b)),
  );
}

export type EntryKind = "file" | "directory" | "link" | "other";

/** Names and kinds in a directory, in byte order. Links are not followed. */
export function listEntries(path: string): { name: string; kind: EntryKind }[] {
  return typed(path, () => readdirSync(path, { withFileTypes: true }))
    .map((entry) => ({ name: entry.name, kind: kindOf(entry) }))
    .toSorted((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
}

/** The kind of a directory entry or an lstat result. */
export function kindOf(entry: { isFile(): boolean; isDirectory(): boolean; isSymbolicLink(): boolean }): EntryKind {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "directory";
  return entry.isSymbolicLink() ? "link" : "other";
}

/**
 * The bytes and the executable bit of a regular file, opened without following a link and without
 * waiting on a pipe.
 * @throws EdenError if it is anything else.
 */
export function readRegularFile(path: string): { content: Buffer; executable: boolean } {
  const descriptor = typed(path, () =>
    openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK),
  );
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw new EdenError("FILE_FAILED", `${path} is not a regular file`, { path });
    return { content: typed(path, () => readFileSync(descriptor)), executable: (stats.mode & 0o100) !== 0 };
  } finally {
    closeSync(descriptor);
  }
}

/**
 * The first bytes of a regular file, opened without following a link and without waiting on a pipe.
 * @throws EdenError as `readRegularFile`.
 */
export function readBeginning(path: string, most: number): Buffer {
  const descriptor = typed(path, () =>
    openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK),
  );
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw new EdenError("FILE_FAILED", `${path} is not a regular file`, { path });
    const bytes = Buffer.alloc(Math.min(most, stats.size));
    let length = 0;
    for (let got = -1; got !== 0 && length < bytes.length; length += got)
      got = typed(path, () => readSync(descriptor, bytes, length, bytes.length - length, null));
    return bytes.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}

/** The path without links in it. */
export function realPath(path: string): string {
  return typed(path, () => realpathSync.native(path));
}

/** The path itself if it exists, else its nearest existing parent. */
export function nearestExisting(path: string): string {
  let nearest = path;
  while (statIfExists(nearest) === null && dirname(nearest) !== nearest) nearest = dirname(nearest);
  return nearest;
}

/** The path without links in it, as far as it exists; missing components keep their names. */
export function realPlace(path: string): string {
  const there = nearestExisting(path);
  return join(realPath(there), relative(there, path));
}

/**
 * The place of an entry: two paths with the same result are one place, whatever links lead there.
 * The entry itself is not followed.
 */
export function physicalPath(path: string): string {
  return join(realDirectory(dirname(path)), basename(path));
}

const realDirectory = perTurn(realPlace);

/** As `physicalPath`; the path itself if it cannot be resolved. */
export function placeOf(path: string): string {
  try {
    return physicalPath(path);
  } catch (error) {
    if (error instanceof EdenError) return path;
    throw error;
  }
}
