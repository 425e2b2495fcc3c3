import { randomBytes } from "node:crypto";
import { unlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { processToken } from "./identity.js";

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
