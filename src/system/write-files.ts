import {
  closeSync,
  constants,
  fsync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  write,
  writeFileSync,
  writeSync,
} from "node:fs";
import { copyFile } from "node:fs/promises";
import { promisify } from "node:util";
import { randomBytes } from "node:crypto";
import { dirname, join } from "node:path";
import { errorCode } from "../errors.js";
import { blockedDirectory } from "./blocked-path.js";
import { changeMode, NO_MODES } from "./change-trees.js";
import { fileFailure } from "./file-failure.js";
import { processToken } from "./identity.js";

/** Creates a file that must not exist and writes it; `flushPath` brings it to the disk. The mode is cut by the umask. */
export async function createFile(path: string, content: Buffer, mode: number): Promise<void> {
  try {
    const descriptor = openSync(path, "wx", mode);
    try {
      // What the page cache takes at once is not worth a trip to another thread; a large content would hold up all others.
      if (content.length <= AT_ONCE) writeWhole(descriptor, content);
      else await writeWholeApart(descriptor, content);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw fileFailure(error, path);
  }
}

/** Creates a file that must not exist, writes it and syncs it to disk. The mode is cut by the umask. */
export async function writeNewFile(path: string, content: Buffer, mode: number): Promise<void> {
  await createFile(path, content, mode);
  await flushPath(path);
}

/** Bytes. */
const AT_ONCE = 256 * 1024;

const flush = promisify(fsync);
const writeApart = promisify(write);

async function writeWholeApart(descriptor: number, data: Buffer): Promise<void> {
  for (let offset = 0; offset < data.length;)
    offset += (await writeApart(descriptor, data, offset, data.length - offset, null)).bytesWritten;
}

/**
 * Creates a directory and its parents. A read-only file system is reported as such, not as Node's ENOENT.
 * @throws EdenError `NOT_A_DIRECTORY` where a file or a link that leads nowhere is in the way.
 */
export function makeDirectory(path: string, mode = 0o777): void {
  try {
    mkdirSync(path, { recursive: true, mode });
  } catch (error) {
    const blocked = ["EEXIST", "ENOTDIR", "ENOENT"].includes(errorCode(error) ?? "");
    throw (blocked ? blockedDirectory(path, "NOT_A_DIRECTORY") : null) ?? fileFailure(error, path);
  }
}

/**
 * Replaces a file by rename: written beside it, synced, renamed, and the directory synced, so that a reader and a crash see the
 * old bytes or the new ones and never a part. A file that is a mount of its own, as containers have them, cannot be replaced: it is written over.
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
    if (!wasPutInPlace(temporary, path)) {
      writeOver(path, Buffer.from(data));
      removeQuietly(temporary);
    }
    syncDirectory(dirname(path));
  } catch (error) {
    removeQuietly(temporary);
    throw fileFailure(error, path);
  }
}

/** rename; false where that is refused since the file is a mount. */
function wasPutInPlace(temporary: string, path: string): boolean {
  try {
    renameSync(temporary, path);
    return true;
  } catch (error) {
    if (errorCode(error) !== "EBUSY" || lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) throw error;
    return false;
  }
}

/** What is beside it is whole until all of it is written; a failure brings the old bytes back. */
function writeOver(path: string, data: Buffer): void {
  const before = readFileSync(path);
  try {
    writeFileSync(path, data, { flush: true });
  } catch (error) {
    writeFileSync(path, before);
    throw error;
  }
}

/** The same as `writeByRename`, the waiting for the disk left to another thread. */
export async function replaceFile(path: string, data: string): Promise<void> {
  const temporary = temporaryBeside(path);
  try {
    makeDirectory(dirname(path));
    await writeNewFile(temporary, Buffer.from(data), 0o666);
    renameSync(temporary, path);
    await flushPath(dirname(path));
  } catch (error) {
    removeQuietly(temporary);
    throw fileFailure(error, path);
  }
}

/** Replaces a file by rename without waiting for the disk: for what can be had again, and is looked at with suspicion. */
export function writeDisposable(path: string, data: string): void {
  const temporary = temporaryBeside(path);
  try {
    makeDirectory(dirname(path));
    writeFileSync(temporary, data, { flag: "wx" });
    renameSync(temporary, path);
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
  const descriptor = openToSync(path);
  if (descriptor === null) return;
  try {
    fsyncSync(descriptor);
  } catch (error) {
    if (!UNSUPPORTED.includes(errorCode(error) ?? "")) throw error;
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Copies a file to where nothing is, its contents shared with the original where the file system can (a later change of either leaves the other
 * alone), and syncs it. The copy may be written by its owner, and is executable when the original is.
 */
export async function cloneFile(from: string, to: string): Promise<void> {
  try {
    await copyContent(from, to);
    const executable = (lstatSync(from).mode & 0o100) !== 0;
    changeMode(to, (executable ? 0o755 : 0o644) & ~process.umask());
  } catch (error) {
    throw fileFailure(error, to);
  }
  await flushPath(to);
}

/** Where a file system has no modes, the system call that copies one fails, and what it made is removed. */
async function copyContent(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  } catch (error) {
    if (!NO_MODES.includes(errorCode(error) ?? "")) throw error;
    removeQuietly(to);
    await createFile(to, readFileSync(from), 0o666);
  }
}

/** fsync of a file or directory, on another thread; left out where the system does not allow it. */
export async function flushPath(path: string): Promise<void> {
  const descriptor = openToSync(path);
  if (descriptor === null) return;
  try {
    await flush(descriptor);
  } catch (error) {
    if (!UNSUPPORTED.includes(errorCode(error) ?? "")) throw fileFailure(error, path);
  } finally {
    closeSync(descriptor);
  }
}

const UNSUPPORTED = ["EINVAL", "EPERM", "ENOTSUP", "EISDIR"];

function openToSync(path: string): number | null {
  try {
    return openSync(path, "r");
  } catch (error) {
    if (["EISDIR", "EPERM", "EACCES"].includes(errorCode(error) ?? "")) return null;
    throw error;
  }
}

function writeWhole(descriptor: number, data: Buffer): void {
  for (let offset = 0; offset < data.length;) offset += writeSync(descriptor, data, offset);
}
