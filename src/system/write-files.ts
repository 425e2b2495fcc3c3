import { closeSync, fsyncSync, lstatSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { errorCode } from "../errors.js";
import { blockedDirectory } from "./blocked-path.js";
import { writeNewFile, writeWhole } from "./create-files.js";
import { fileFailure } from "./file-failure.js";
import { flushPath, syncDirectory } from "./flush.js";
import { removeQuietly, temporaryBeside } from "./temporary-files.js";

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
