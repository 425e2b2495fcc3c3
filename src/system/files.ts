import {
  chmodSync,
  closeSync,
  copyFileSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeSync,
  type Stats,
} from "node:fs";
import { open } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { basename, dirname, join, relative } from "node:path";
import { EdenError, errorCode } from "../errors.js";
import { fileFailure } from "./file-failure.js";
import { processToken } from "./identity.js";

/** Bytes of a file that is read whole into memory: manifests, lockfiles, state. */
const MOST_BYTES = 64 * 1024 * 1024;

/** The text of a file, or null when there is none. @throws EdenError for anything that is no regular file of a sensible size. */
export function readTextIfExists(path: string): string | null {
  return readBytesIfExists(path)?.toString("utf8") ?? null;
}

/** The bytes of a file, or null when there is none. A device or a pipe, which might never end, is refused. */
export function readBytesIfExists(path: string): Buffer | null {
  return orNull(path, () => {
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = fstatSync(descriptor);
      if (!stats.isFile()) throw new EdenError("INVALID_FILE", `${path} is no regular file`, { path });
      if (stats.size > MOST_BYTES)
        throw new EdenError("INVALID_FILE", `${path} is larger than ${MOST_BYTES} bytes`, { path });
      return readFileSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  });
}

/** lstat, or null when nothing is there. Never follows a link. */
export function lstatIfExists(path: string): Stats | null {
  return orNull(path, () => lstatSync(path));
}

/** stat (follows links), or null when nothing is there or a link dangles. */
export function statIfExists(path: string): Stats | null {
  return orNull(path, () => statSync(path));
}

/** The text of a symbolic link, or null when the path is absent or no link. */
export function readLinkIfAny(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (["ENOENT", "EINVAL", "ENOTDIR"].includes(errorCode(error) ?? "")) return null;
    throw fileFailure(error, path);
  }
}

/** Names in a directory, in byte order; empty when it does not exist. */
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

/** What a directory entry or an lstat result is. */
export function kindOf(entry: { isFile(): boolean; isDirectory(): boolean; isSymbolicLink(): boolean }): EntryKind {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "directory";
  return entry.isSymbolicLink() ? "link" : "other";
}

/**
 * The bytes and the executable bit of a regular file, opened without following a link and without waiting on a pipe.
 * @throws EdenError when it is anything else.
 */
export function readRegularFile(path: string): { content: Buffer; executable: boolean } {
  const descriptor = typed(path, () =>
    openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK),
  );
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw new EdenError("INTERNAL", `${path} is no regular file`, { path });
    return { content: typed(path, () => readFileSync(descriptor)), executable: (stats.mode & 0o100) !== 0 };
  } finally {
    closeSync(descriptor);
  }
}

/** Creates a file that must not exist, writes it and syncs it to disk. The mode is cut by the umask. */
export async function writeNewFile(path: string, content: Buffer, mode: number): Promise<void> {
  try {
    const file = await open(path, "wx", mode);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw fileFailure(error, path);
  }
}

/** Creates a directory and its parents. A read-only file system is reported as such, not as Node's ENOENT. */
export function makeDirectory(path: string, mode = 0o777): void {
  try {
    mkdirSync(path, { recursive: true, mode });
  } catch (error) {
    throw fileFailure(error, path);
  }
}

/**
 * Replaces a file by rename: written beside it, synced, renamed, and the directory synced, so that a reader and a crash see the
 * old bytes or the new ones and never a part.
 */
export function writeByRename(path: string, data: string | Buffer, mode = 0o666): void {
  const temporary = temporaryBeside(path);
  try {
    makeDirectory(dirname(path));
    const descriptor = openSync(temporary, "wx", mode);
    try {
      writeWhole(descriptor, Buffer.from(data));
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
    syncDirectory(dirname(path));
  } catch (error) {
    removeQuietly(temporary);
    throw fileFailure(error, path);
  }
}

/** For cleaning up after a failure, which must not hide it. */
export function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // What cannot be removed now is swept by a later run.
  }
}

/** A name beside `path` that tells which process made it, so that a later run may sweep what a dead one left. */
export function temporaryBeside(path: string): string {
  return join(dirname(path), `${TEMPORARY_PREFIX}${processToken()}-${randomBytes(6).toString("hex")}`);
}

export const TEMPORARY_PREFIX = ".eden-tmp-";

/** fsync of a directory, so that a rename in it survives power loss. Not all systems allow it; then it is left out. */
export function syncDirectory(path: string): void {
  let descriptor: number;
  try {
    descriptor = openSync(path, "r");
  } catch (error) {
    if (["EISDIR", "EPERM", "EACCES"].includes(errorCode(error) ?? "")) return;
    throw error;
  }
  try {
    fsyncSync(descriptor);
  } catch (error) {
    if (!["EINVAL", "EPERM", "ENOTSUP", "EISDIR"].includes(errorCode(error) ?? "")) throw error;
  } finally {
    closeSync(descriptor);
  }
}

/** Removes a file, link or directory tree that we own, read-only directories included. Links are never followed. */
export function removeTree(path: string): void {
  const stats = lstatIfExists(path);
  if (stats === null) return;
  if (!stats.isDirectory()) return unlinkSync(path);
  makeWritable(path);
  rmSync(path, { recursive: true, force: true });
}

/** rename; over a file or link that is there. @throws EdenError. */
export function renamePath(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    throw fileFailure(error, to);
  }
}

/** Creates a symbolic link with exactly that text. @throws EdenError. */
export function createLink(text: string, path: string): void {
  try {
    symlinkSync(text, path);
  } catch (error) {
    throw fileFailure(error, path);
  }
}

/** Takes the right to write from a directory, within the umask. */
export function makeReadOnly(directory: string): void {
  chmodSync(directory, 0o555 & ~process.umask());
}

/** The path without links in it. */
export function realPath(path: string): string {
  return typed(path, () => realpathSync(path));
}

/** The nearest directory above a path, or the path itself, that is there. */
export function nearestExisting(path: string): string {
  let nearest = path;
  while (statIfExists(nearest) === null && dirname(nearest) !== nearest) nearest = dirname(nearest);
  return nearest;
}

/** Where an entry really lies: two paths with the same answer are one place, whatever links lead there. The entry itself is not followed. */
export function physicalPath(path: string): string {
  const directory = dirname(path);
  const there = nearestExisting(directory);
  return join(realPath(there), relative(there, directory), basename(path));
}

/**
 * Copies a tree as it is, links as links, modes as they are, to a place on another file system where nothing is yet. (Node's own cpSync
 * loses the modes of directories, and the reason of a failure, in some versions.)
 */
export function copyVerbatim(from: string, to: string): void {
  const stats = typed(from, () => lstatSync(from));
  typed(to, () => {
    if (stats.isSymbolicLink()) return symlinkSync(readlinkSync(from), to);
    if (!stats.isDirectory()) {
      copyFileSync(from, to, constants.COPYFILE_EXCL);
      return chmodSync(to, stats.mode & 0o777);
    }
    mkdirSync(to, { mode: 0o700 });
    for (const { name } of listEntries(from)) copyVerbatim(join(from, name), join(to, name));
    chmodSync(to, stats.mode & 0o777);
  });
}

function makeWritable(directory: string): void {
  chmodSync(directory, 0o700);
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) makeWritable(join(directory, entry.name));
  }
}

function writeWhole(descriptor: number, data: Buffer): void {
  for (let offset = 0; offset < data.length;) offset += writeSync(descriptor, data, offset);
}

function typed<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw fileFailure(error, path);
  }
}

function orNull<T>(path: string, read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(errorCode(error) ?? "")) return null;
    throw fileFailure(error, path);
  }
}
