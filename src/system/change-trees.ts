import { chmodSync, linkSync, rename, renameSync, rmSync, rmdirSync, symlink } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { EdenError, errorCode } from "../errors.js";
import { fileFailure, typed } from "./file-failure.js";
import { listEntries, lstatIfExists } from "./read-files.js";

/**
 * Creates a hard link to a file.
 * @returns false if the file system has no hard links.
 * @throws EdenError.
 */
export function createHardLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (NO_HARD_LINKS.includes(errorCode(error) ?? "")) return false;
    throw fileFailure(error, to);
  }
}

/** Error codes of `link` on file systems without hard links. */
export const NO_HARD_LINKS = ["EPERM", "EMLINK", "EXDEV", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EINVAL"];

/**
 * Removes a file, link or directory tree of ours, including read-only directories. Links are never
 * followed. Another process may remove it at the same time.
 */
export function removeTree(path: string): void {
  const stats = lstatIfExists(path);
  if (stats === null) return;
  typed(path, () => {
    if (stats.isDirectory()) makeWritable(path);
    rmSync(path, { recursive: true, force: true });
  });
}

/** Removes a directory if it is empty. */
export function removeEmptyDirectory(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    if (!["ENOTEMPTY", "EEXIST", "ENOENT", "ENOTDIR"].includes(errorCode(error) ?? "")) throw fileFailure(error, path);
  }
}

/** Renames, also over an existing file or link. @throws EdenError. */
export function renamePath(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    throw fileFailure(error, to);
  }
}

/** As `renamePath`, on another thread. */
export async function renameInBackground(from: string, to: string): Promise<void> {
  try {
    await startRename(from, to);
  } catch (error) {
    throw fileFailure(error, to);
  }
}

const [startRename, startLink] = [promisify(rename), promisify(symlink)];

/** Creates a symbolic link with exactly that text, on another thread. @throws EdenError. */
export async function createLink(text: string, path: string): Promise<void> {
  try {
    await startLink(text, path);
  } catch (error) {
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes(errorCode(error) ?? "")) throw fileFailure(error, path);
    const hint =
      'A file system without symbolic links takes copies (mode = "copy") of skills that have no links in them.';
    throw new EdenError("PERMISSION_DENIED", `cannot create a symbolic link at ${path}`, { path, hint }, error);
  }
}

/** Error codes of `chmod` on file systems without modes. */
export const NO_MODES = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EINVAL"];

/** Changes a mode; does nothing on a file system without modes. @throws EdenError. */
export function changeMode(path: string, mode: number): void {
  try {
    chmodSync(path, mode);
  } catch (error) {
    if (!NO_MODES.includes(errorCode(error) ?? "")) throw fileFailure(error, path);
  }
}

/**
 * Makes a directory and all directories in it writable for the owner, so that it can be changed and
 * moved. A directory that another process removes meanwhile is left out.
 * @throws EdenError.
 */
export function makeWritable(directory: string): void {
  for (const name of writableEntries(directory)) makeWritable(join(directory, name));
}

function writableEntries(directory: string): string[] {
  try {
    changeMode(directory, ((lstatIfExists(directory)?.mode ?? 0) & 0o777) | 0o700);
    return listEntries(directory).flatMap(({ name, kind }) => (kind === "directory" ? [name] : []));
  } catch (error) {
    if (lstatIfExists(directory) === null) return [];
    throw error;
  }
}
