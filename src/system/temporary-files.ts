import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { processToken } from "./identity.js";

/** For cleaning up after a failure, which must not hide it. */
export function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // What cannot be removed now is swept by a later run.
  }
}

/** A name beside `path` that tells which process made it, so that a later run may sweep what a dead one left. */
export function temporaryBeside(path: string): string {
  return join(dirname(path), `${TEMPORARY_PREFIX}${processToken()}-${randomBytes(6).toString("hex")}`);
}

export const TEMPORARY_PREFIX = ".eden-tmp-";
