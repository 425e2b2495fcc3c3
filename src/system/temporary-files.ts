import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { processToken } from "./identity.js";

/** Cleans up after a failure without hiding that failure. */
export function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // A later run sweeps what cannot be removed now.
  }
}

/**
 * A name beside `path` that identifies the process that created it, so that a later run can sweep
 * the files of dead processes.
 */
export function temporaryBeside(path: string): string {
  return join(dirname(path), `${TEMPORARY_PREFIX}${processToken()}-${randomBytes(6).toString("hex")}`);
}

export const TEMPORARY_PREFIX = ".eden-tmp-";
