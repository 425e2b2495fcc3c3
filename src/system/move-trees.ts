import {
  chmodSync,
  constants,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
} from "node:fs";
import { join } from "node:path";
import { EdenError, errorCode } from "../errors.js";
import { makeWritable, removeTree, renamePath } from "./change-trees.js";
import { typed } from "./file-failure.js";
import { kindOf, listEntries, lstatIfExists, readLinkIfAny, readRegularFile } from "./read-files.js";
import { flushDirectory } from "./flush.js";
import { temporaryBeside } from "./temporary-files.js";

/**
 * Moves a tree to a free path: by rename, or, if that is refused (another file system; a directory
 * in a lower layer of an overlay), by copying it whole and removing it afterwards.
 * @throws EdenError; the tree is then unchanged. `TARGET_CONFLICT` if it changed in the meantime.
 */
export function moveTree(from: string, to: string): void {
  if (tryRename(from, to)) return;
  const copy = temporaryBeside(to);
  try {
    copyVerbatim(from, copy);
    renamePath(copy, to);
  } finally {
    removeTree(copy);
  }
  try {
    removeCopied(from, to);
  } catch (error) {
    if (isPartOf(to, from)) removeTree(to);
    throw error;
  }
}

/** Renames; returns false if the file system cannot rename this entry. @throws EdenError. */
export function tryRename(from: string, to: string): boolean {
  try {
    renamePath(from, to);
    return true;
  } catch (error) {
    if (error instanceof EdenError && errorCode(error.cause) === "EXDEV") return false;
    throw error;
  }
}

/**
 * Copies a tree to a free path, with links as links and modes unchanged, and syncs it to disk. (In
 * some versions Node's own cpSync loses the modes of directories and the reason of a failure.)
 */
export function copyVerbatim(from: string, to: string): void {
  const stats = typed(from, () => lstatSync(from));
  const kind = kindOf(stats);
  if (kind === "other") throw new EdenError("INVALID_FILE", `${from} is a device, a socket or a pipe`, { path: from });
  if (kind === "link") return typed(to, () => symlinkSync(readlinkSync(from), to));
  if (kind === "file") typed(to, () => copyFileSync(from, to, constants.COPYFILE_EXCL));
  else {
    typed(to, () => mkdirSync(to, { mode: 0o700 }));
    for (const { name } of listEntries(from)) copyVerbatim(join(from, name), join(to, name));
  }
  flushDirectory(to);
  keepMode(to, stats.mode);
}

/**
 * Removes a tree that was copied whole, `SKILL.md` first, so that no agent loads the rest.
 * @throws EdenError `TARGET_CONFLICT` if it changed since the copy, or the error of the removal;
 *   the tree is then restored.
 */
export function removeCopied(path: string, copy: string): void {
  try {
    removeSame(path, copy);
    if (lstatIfExists(path) !== null)
      throw new EdenError("TARGET_CONFLICT", "changed while it was being replaced", { stage: "install", path });
  } catch (error) {
    putBack(copy, path);
    throw error;
  }
}

/**
 * Removes the entries of a tree that are equal in its copy; different ones stay.
 * @throws EdenError.
 */
export function removeSame(path: string, copy: string): void {
  const [here, there] = [lstatIfExists(path), lstatIfExists(copy)];
  if (here === null || there === null || kindOf(here) !== kindOf(there)) return;
  if (kindOf(here) === "directory") {
    if ((here.mode & 0o700) !== 0o700) typed(path, () => makeWritable(path));
    const names = listEntries(path).map(({ name }) => name);
    for (const name of names.toSorted((a, b) => Number(b === "SKILL.md") - Number(a === "SKILL.md")))
      removeSame(join(path, name), join(copy, name));
    if (listEntries(path).length === 0) typed(path, () => rmdirSync(path));
  } else if (isSame(path, copy)) typed(path, () => unlinkSync(path));
}

/** True if every entry of a tree is equal in its copy. @throws EdenError. */
export function isPartOf(path: string, copy: string): boolean {
  const [here, there] = [lstatIfExists(path), lstatIfExists(copy)];
  if (here === null || there === null || kindOf(here) !== kindOf(there)) return false;
  if (kindOf(here) !== "directory") return isSame(path, copy);
  return listEntries(path).every(({ name }) => isPartOf(join(path, name), join(copy, name)));
}

function isSame(one: string, other: string): boolean {
  const text = readLinkIfAny(one);
  if (text !== null) return text === readLinkIfAny(other);
  return readRegularFile(one).content.equals(readRegularFile(other).content);
}

function putBack(copy: string, path: string): void {
  const there = lstatIfExists(path);
  if (there === null) return copyVerbatim(copy, path);
  if (!there.isDirectory()) return;
  for (const { name } of listEntries(copy)) putBack(join(copy, name), join(path, name));
  keepMode(path, lstatSync(copy).mode);
}

/** Sets the mode; not every file system has modes. */
function keepMode(path: string, mode: number): void {
  try {
    chmodSync(path, mode & 0o777);
  } catch {
    // The content is what matters.
  }
}
