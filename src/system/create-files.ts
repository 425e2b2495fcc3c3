import { closeSync, constants, lstatSync, openSync, readFileSync, write, writeSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { promisify } from "node:util";
import { errorCode } from "../errors.js";
import { changeMode, NO_MODES } from "./change-trees.js";
import { fileFailure } from "./file-failure.js";
import { flushPath } from "./flush.js";
import { removeQuietly } from "./temporary-files.js";

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

const writeApart = promisify(write);

async function writeWholeApart(descriptor: number, data: Buffer): Promise<void> {
  for (let offset = 0; offset < data.length;)
    offset += (await writeApart(descriptor, data, offset, data.length - offset, null)).bytesWritten;
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

/** Writes all bytes, however many calls that takes. */
export function writeWhole(descriptor: number, data: Buffer): void {
  for (let offset = 0; offset < data.length;) offset += writeSync(descriptor, data, offset);
}
