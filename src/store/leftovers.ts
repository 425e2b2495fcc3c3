import { join } from "node:path";
import { isTokenDead, livenessOf, type ProcessIdentity } from "../system/identity.js";
import { listDirectory, readTextIfExists } from "../system/read-files.js";
import { deadTemporaries, isDeadTemporary } from "../system/temporary-files.js";

/** Directories of a storage that contain records of processes, or temporary files for a moment. */
const PLAIN = ["locks", "runs", "state", "store", "mirrors", "registries", "development"];

/** Directories of a storage with one level of directories in which files are replaced. */
const DEEP = ["history", "store", "mirrors"];

/**
 * True if a process ended before it removed its record, its lock or its staging directory: then it
 * may have left something else. Loads no library, since the entry of the program asks.
 */
export function hasEndedProcess(root: string): boolean {
  const locks = join(root, "locks");
  return (
    listDirectory(join(root, "runs")).some((name) => isDeadTemporary(name) || isEndedRecord(name)) ||
    listDirectory(locks).some((name) => isDeadTemporary(name) || isOfEnded(join(locks, name))) ||
    endedIn(join(root, "staging")).length > 0
  );
}

function isOfEnded(lock: string): boolean {
  try {
    return livenessOf(JSON.parse(readTextIfExists(lock) ?? "") as ProcessIdentity) === "dead";
  } catch {
    return false;
  }
}

/** Paths of the records of runs whose process has ended. */
export function endedRecords(root: string): string[] {
  return endedIn(join(root, "runs"));
}

/**
 * Paths in the storage that processes of this machine have left when they ended: temporary files,
 * staging directories and records of runs. Locks are not among them.
 */
export function leftoversIn(root: string): string[] {
  const below = (names: readonly string[]) =>
    names.flatMap((name) => listDirectory(join(root, name)).map((inner) => join(root, name, inner)));
  const times = below(["backups"]);
  const groups = times.flatMap((time) => listDirectory(time).map((group) => join(time, group)));
  const directories = [...PLAIN.map((name) => join(root, name)), ...below(DEEP), ...groups];
  return [
    ...endedIn(join(root, "staging")),
    ...directories.flatMap((directory) => deadTemporaries(directory).map((name) => join(directory, name))),
    // Last: as long as they are there, a later run looks for the rest.
    ...endedRecords(root),
  ];
}

function isEndedRecord(name: string): boolean {
  return isTokenDead(name.replace(/\.\d+$/u, ""));
}

function endedIn(directory: string): string[] {
  return listDirectory(directory)
    .filter(isEndedRecord)
    .map((name) => join(directory, name));
}
