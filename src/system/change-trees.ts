import {
  chmodSync,
  constants,
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
} from "node:fs";
import { join } from "node:path";
import { errorCode } from "../errors.js";
import { fileFailure, typed } from "./file-failure.js";
import { listEntries, lstatIfExists } from "./read-files.js";

/** A second name for a file. @returns false where the file system has none to give. @throws EdenError. */
export function createHardLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (["EPERM", "EMLINK", "EXDEV", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes(errorCode(error) ?? "")) return false;
    throw fileFailure(error, to);
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

/** Removes a directory when nothing is in it. */
export function removeEmptyDirectory(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    if (!["ENOTEMPTY", "EEXIST", "ENOENT", "ENOTDIR"].includes(errorCode(error) ?? "")) throw fileFailure(error, path);
  }
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

/** Lets the owner change a directory and all those in it, and move it elsewhere. */
export function makeWritable(directory: string): void {
  chmodSync(directory, (lstatSync(directory).mode & 0o777) | 0o700);
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) makeWritable(join(directory, entry.name));
  }
}
