import { closeSync, constants, copyFile, lstatSync, open, readFileSync, write, writeSync } from "node:fs";
import { promisify } from "node:util";
import { errorCode } from "../errors.js";
import { changeMode, NO_MODES } from "./change-trees.js";
import { fileFailure } from "./file-failure.js";
import { flushDescriptor, flushPath } from "./flush.js";
import { removeQuietly } from "./temporary-files.js";

/**
 * Creates a file that must not exist, writes it and syncs it to disk. The umask applies to the
 * mode. What may wait for the disk runs on another thread.
 * @throws EdenError.
 */
export async function writeNewFile(path: string, content: Buffer, mode: number): Promise<void> {
  try {
    const descriptor = await openNew(path, mode);
    try {
      // A small write goes into the page cache at once and needs no thread; a large one would block
      // all others.
      if (content.length <= AT_ONCE) writeWhole(descriptor, content);
      else await writeInBackground(descriptor, content);
      await flushDescriptor(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw fileFailure(error, path);
  }
}

/** Bytes. */
const AT_ONCE = 256 * 1024;

const [startOpen, startWrite] = [promisify(open), promisify(write)];

/**
 * Opens a file that must not exist for writing, on another thread: the search for a free place on
 * the disk takes long on some file systems.
 * @throws Node's error.
 */
export async function openNew(path: string, mode: number): Promise<number> {
  return await startOpen(path, "wx", mode);
}

async function writeInBackground(descriptor: number, data: Buffer): Promise<void> {
  for (let offset = 0; offset < data.length;)
    offset += (await startWrite(descriptor, data, offset, data.length - offset, null)).bytesWritten;
}

/**
 * Copies a file to a free path and syncs it. Where the file system supports it, the contents are
 * shared copy-on-write. The copy is writable for its owner.
 */
export async function cloneFile(from: string, to: string, executable: boolean): Promise<void> {
  try {
    // The system applies the umask: to read it is to change it, for the whole process.
    closeSync(await openNew(to, executable ? 0o755 : 0o644));
    const { mode } = lstatSync(to);
    await copyContent(from, to);
    changeMode(to, mode & 0o777);
  } catch (error) {
    throw fileFailure(error, to);
  }
  await flushPath(to);
}

/**
 * On a file system without modes the system call fails while it copies the mode, and the partial
 * copy is removed.
 */
async function copyContent(from: string, to: string): Promise<void> {
  try {
    await promisify(copyFile)(from, to, constants.COPYFILE_FICLONE);
  } catch (error) {
    if (!NO_MODES.includes(errorCode(error) ?? "")) throw error;
    removeQuietly(to);
    await writeNewFile(to, readFileSync(from), 0o666);
  }
}

/** Writes all bytes, however many calls that takes. */
export function writeWhole(descriptor: number, data: Buffer): void {
  for (let offset = 0; offset < data.length;) offset += writeSync(descriptor, data, offset);
}
