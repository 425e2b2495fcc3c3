import { randomBytes } from "node:crypto";
import { unlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { EdenError } from "../errors.js";
import { removeTree } from "./change-trees.js";
import { isTokenDead, processToken } from "./identity.js";
import { listDirectory } from "./read-files.js";

/** Removes a file if it exists; used after a failure, which must not be hidden. */
export function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // A later run sweeps what cannot be removed now.
  }
}

/**
 * A name beside `path` that identifies the process that created it, so that a later run can sweep
 * the files of dead processes.
 */
export function temporaryBeside(path: string): string {
  const number = (count++).toString(16).padStart(4, "0");
  return join(
    dirname(path),
    `${TEMPORARY_PREFIX}${processToken()}-${(random ??= randomBytes(4).toString("hex"))}${number}`,
  );
}

let count = 0;
let random: string | undefined;

export const TEMPORARY_PREFIX = ".eden-tmp-";

/**
 * Names of the temporary files and directories in a directory that were left by processes of this
 * machine that have ended; none if it is unreadable.
 */
export function deadTemporaries(directory: string): string[] {
  return namesIn(directory).filter(isDeadTemporary);
}

/** True for the name of a temporary file or directory of a process that has ended. */
export function isDeadTemporary(name: string): boolean {
  const token = /^\.eden-tmp-(?<token>\d+-[0-9a-f]+-[0-9a-f]+)-[0-9a-f]+(?:\.|$)/u.exec(name)?.groups?.["token"];
  return token !== undefined && isTokenDead(token);
}

function namesIn(directory: string): string[] {
  try {
    return listDirectory(directory);
  } catch {
    return [];
  }
}

/** Removes the temporary files of ended processes from a directory of files that are only replaced. */
export function sweepTemporaryFiles(directory: string): void {
  for (const name of deadTemporaries(directory)) removeIfPossible(join(directory, name));
}

/** Removes a tree; one that cannot be removed now stays for a later run. */
export function removeIfPossible(path: string): void {
  try {
    removeTree(path);
  } catch (error) {
    if (!(error instanceof EdenError)) throw error;
  }
}
