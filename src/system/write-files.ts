import {
  closeSync,
  fsyncSync,
  lstatSync,
  mkdir,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFile,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { type EdenError, errorCode } from "../errors.js";
import { blockedDirectory } from "./blocked-path.js";
import { renameInBackground } from "./change-trees.js";
import { writeNewFile, writeWhole } from "./create-files.js";
import { fileFailure } from "./file-failure.js";
import { flushDirectory } from "./flush.js";
import { removeQuietly, sweepTemporaryFiles, temporaryBeside } from "./temporary-files.js";

/**
 * Creates a directory and its parents. A read-only file system is reported as such, not as Node's
 * ENOENT.
 * @throws EdenError `NOT_A_DIRECTORY` if the path or a parent is a file or a broken link.
 */
export function makeDirectory(path: string, mode = 0o777): void {
  try {
    mkdirSync(path, { recursive: true, mode });
  } catch (error) {
    throw directoryFailure(error, path);
  }
}

/** As `makeDirectory`, on another thread. */
export async function createDirectory(path: string): Promise<void> {
  try {
    await startMake(path, { recursive: true });
  } catch (error) {
    throw directoryFailure(error, path);
  }
}

const startMake = promisify(mkdir);

function directoryFailure(error: unknown, path: string): EdenError {
  const blocked = ["EEXIST", "ENOTDIR", "ENOENT"].includes(errorCode(error) ?? "");
  return (blocked ? blockedDirectory(path, "NOT_A_DIRECTORY") : null) ?? fileFailure(error, path);
}

/**
 * Replaces a file by rename: written beside it, synced, renamed, and the directory synced, so that
 * a reader and a crash see the old bytes or the new ones and never a part. What ended processes left
 * beside it is removed. A file that is a mount
 * of its own, as in containers, cannot be replaced and is overwritten in place.
 */
export function writeByRename(path: string, data: string | Buffer, mode = 0o666): void {
  const temporary = temporaryBeside(path);
  try {
    makeDirectory(dirname(path));
    sweepTemporaryFiles(dirname(path));
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
    flushDirectory(dirname(path));
  } catch (error) {
    removeQuietly(temporary);
    throw fileFailure(error, path);
  }
}

/** Renames; returns false if that is refused because the file is a mount. */
function wasPutInPlace(temporary: string, path: string): boolean {
  try {
    renameSync(temporary, path);
    return true;
  } catch (error) {
    if (errorCode(error) !== "EBUSY" || lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) throw error;
    return false;
  }
}

/**
 * A whole copy stays beside the file until the write is complete; after a failure the old bytes are
 * restored.
 */
function writeOver(path: string, data: Buffer): void {
  const before = readFileSync(path);
  try {
    writeFileSync(path, data, { flush: true });
  } catch (error) {
    writeFileSync(path, before);
    throw error;
  }
}

/**
 * As `writeByRename` on other threads, for a file of ours in a directory that exists. The directory
 * is not synced: that is left to the caller.
 */
export async function replaceFile(path: string, data: string): Promise<void> {
  const temporary = temporaryBeside(path);
  try {
    await writeNewFile(temporary, Buffer.from(data), 0o666);
    await renameInBackground(temporary, path);
  } catch (error) {
    removeQuietly(temporary);
    throw fileFailure(error, path);
  }
}

/** Writes a file in place: for one that nothing reads before it is complete. */
export function writeInPlace(path: string, data: string): void {
  try {
    writeFileSync(path, data);
  } catch (error) {
    throw fileFailure(error, path);
  }
}

/** As `writeInPlace`, on another thread. */
export async function writeInBackground(path: string, data: string): Promise<void> {
  try {
    await promisify(writeFile)(path, data);
  } catch (error) {
    throw fileFailure(error, path);
  }
}

/**
 * Replaces a file by rename without fsync: for data that can be created again and is validated when
 * it is read.
 */
export function writeDisposable(path: string, data: string, mode = 0o666): void {
  const temporary = temporaryBeside(path);
  try {
    makeDirectory(dirname(path));
    writeFileSync(temporary, data, { flag: "wx", mode });
    renameSync(temporary, path);
  } catch (error) {
    removeQuietly(temporary);
    throw fileFailure(error, path);
  }
}
