import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, renameSync, rmdirSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod/mini";
import { errorCode } from "../errors.js";
import { NO_HARD_LINKS, removeTree } from "./change-trees.js";
import { fileFailure, typed } from "./file-failure.js";
import { processIdentity, type ProcessIdentity } from "./identity.js";
import { parseJson } from "./parse-json.js";
import { lstatIfExists, readTextIfExists } from "./read-files.js";
import { removeQuietly, temporaryBeside } from "./temporary-files.js";
import { privateMode } from "./private-mode.js";

/** The content of a lock file. */
export interface LockHolder extends ProcessIdentity {
  /** Never reused: it distinguishes two holders of one file. */
  nonce: string;
}

const holderSchema: z.ZodMiniType<LockHolder> = z.object({
  pid: z.number(),
  start: z.string(),
  machine: z.string(),
  boot: z.string(),
  nonce: z.string(),
});

/**
 * Creates a lock that identifies its holder. It appears complete: as a file by `link`, or, if the
 * file system has no hard links, as a directory with that file by `rename`, which fails on a
 * non-empty directory and on a file.
 * @returns the nonce if the lock is ours now, null if a lock exists.
 * @throws EdenError.
 */
export function placeLock(path: string): string | null {
  const nonce = randomBytes(8).toString("hex");
  const draft = temporaryBeside(path);
  const holder = JSON.stringify({ ...processIdentity(), nonce } satisfies LockHolder);
  try {
    writeFileSync(draft, holder, { flag: "wx", mode: privateMode(draft, 0o600) });
    linkSync(draft, path);
    return nonce;
  } catch (error) {
    const code = errorCode(error) ?? "";
    if (code === "EEXIST") return null;
    if (NO_HARD_LINKS.includes(code) && lstatIfExists(draft) !== null)
      return placeDirectory(path, holder) ? nonce : null;
    throw fileFailure(error, path);
  } finally {
    removeQuietly(draft);
  }
}

function placeDirectory(path: string, holder: string): boolean {
  const draft = temporaryBeside(path);
  try {
    mkdirSync(draft, { mode: privateMode(draft, 0o700) });
    writeFileSync(join(draft, HOLDER), holder, { flag: "wx", mode: privateMode(draft, 0o600) });
    renameSync(draft, path);
    return true;
  } catch (error) {
    if (["ENOTEMPTY", "EEXIST", "ENOTDIR"].includes(errorCode(error) ?? "")) return false;
    throw fileFailure(error, path);
  } finally {
    removeTree(draft);
  }
}

const HOLDER = "holder";

/**
 * The holder of a lock; null if it is free. An unreadable lock counts as held by a dead process,
 * because our locks appear complete.
 * @throws EdenError.
 */
export function readHolder(path: string): LockHolder | null {
  const place = holderPath(path);
  if (place === null) return null;
  const text = readTextIfExists(place);
  if (text !== null) return parseJson(holderSchema, text) ?? { ...processIdentity(), pid: 0, nonce: "unreadable" };
  // A directory without a holder is being removed.
  if (place !== path) removeEmpty(path);
  return null;
}

/** The time when the holder last touched the lock. */
export function lastBeat(path: string): number | undefined {
  const place = holderPath(path);
  return place === null ? undefined : lstatIfExists(place)?.mtimeMs;
}

/** Touches the lock to show that its holder is alive, if its nonce matches. */
export function touchLock(path: string, nonce: string): void {
  try {
    if (readHolder(path)?.nonce === nonce) utimesSync(holderPath(path) ?? path, new Date(), new Date());
  } catch {
    // Another process took it over: the release will notice that it is not ours.
  }
}

/** Removes the lock, if its nonce matches. @returns whether it was removed. @throws EdenError. */
export function removeLock(path: string, nonce: string): boolean {
  if (readHolder(path)?.nonce !== nonce) return false;
  const place = holderPath(path) ?? path;
  typed(path, () => unlinkIfThere(place));
  if (place !== path) removeEmpty(path);
  return true;
}

/** The file with the holder: the lock itself, or in it. Null if there is no lock. */
function holderPath(path: string): string | null {
  const stats = lstatIfExists(path);
  if (stats === null) return null;
  return stats.isDirectory() ? join(path, HOLDER) : path;
}

/** It may already belong to the next holder. */
function removeEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    if (!["ENOENT", "ENOTDIR", "ENOTEMPTY", "EEXIST"].includes(errorCode(error) ?? "")) throw fileFailure(error, path);
  }
}

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
}
