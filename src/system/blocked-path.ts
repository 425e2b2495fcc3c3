import { accessSync, constants } from "node:fs";
import { dirname } from "node:path";
import { EdenError } from "../errors.js";
import { fileFailure } from "./file-failure.js";
import { kindOf, lstatIfExists, nearestExisting, statIfExists } from "./read-files.js";

/**
 * The failure for a path that cannot become a directory, because it or a parent of it is something
 * else; null when the path is free.
 * @param code of the error.
 */
export function blockedDirectory(path: string, code: string): EdenError | null {
  let at = path;
  while (lstatIfExists(at) === null && dirname(at) !== at) at = dirname(at);
  const stats = statIfExists(at);
  if (stats?.isDirectory() === true) return null;
  const found = lstatIfExists(at);
  if (found === null) return null;
  const isLink = kindOf(found) === "link";
  const what = isLink ? (stats === null ? "a broken link" : "a link to a file") : "a file";
  return new EdenError(code, `${at} is ${what}, where a directory must be`, {
    path: at,
    hint: `Move ${at} away, then run the command again.`,
  });
}

/**
 * The failure for writing into a directory, or into its nearest existing parent; null if writing is
 * allowed.
 */
export function unwritableDirectory(path: string): EdenError | null {
  const there = nearestExisting(path);
  try {
    accessSync(there, constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    return fileFailure(error, there);
  }
}
