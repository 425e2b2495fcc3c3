import { chmodSync, linkSync, renameSync, rmSync, rmdirSync, symlinkSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { EdenError, errorCode } from "../errors.js";
import { fileFailure, typed } from "./file-failure.js";
import { listEntries, lstatIfExists } from "./read-files.js";

/** A second name for a file. @returns false where the file system has none to give. @throws EdenError. */
export function createHardLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (NO_HARD_LINKS.includes(errorCode(error) ?? "")) return false;
    throw fileFailure(error, to);
  }
}

/** What `link` answers where there are no hard links. */
export const NO_HARD_LINKS = ["EPERM", "EMLINK", "EXDEV", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EINVAL"];

/** Removes a file, link or directory tree that we own, read-only directories included. Links are never followed. */
export function removeTree(path: string): void {
  const stats = lstatIfExists(path);
  if (stats === null) return;
  typed(path, () => {
    if (!stats.isDirectory()) return unlinkSync(path);
    makeWritable(path);
    rmSync(path, { recursive: true, force: true });
  });
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
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes(errorCode(error) ?? "")) throw fileFailure(error, path);
    const hint = 'If its file system has no symbolic links, install copies: mode = "copy".';
    throw new EdenError("PERMISSION_DENIED", `no symbolic link can be made at ${path}`, { path, hint }, error);
  }
}

/** What `chmod` answers where there are no modes. */
export const NO_MODES = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EINVAL"];

/** Changes a mode; left out where the file system has none. @throws EdenError. */
export function changeMode(path: string, mode: number): void {
  try {
    chmodSync(path, mode);
  } catch (error) {
    if (!NO_MODES.includes(errorCode(error) ?? "")) throw fileFailure(error, path);
  }
}

/** Lets the owner change a directory and all those in it, and move it elsewhere. @throws EdenError. */
export function makeWritable(directory: string): void {
  changeMode(directory, ((lstatIfExists(directory)?.mode ?? 0) & 0o777) | 0o700);
  for (const { name, kind } of listEntries(directory)) if (kind === "directory") makeWritable(join(directory, name));
}
