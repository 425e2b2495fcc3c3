import { dirname, join } from "node:path";
import { lstatIfExists } from "../system/read-files.js";
import { moveTree } from "../system/move-trees.js";
import { makeDirectory } from "../system/write-files.js";
import { privateMode } from "../system/private-mode.js";

/** The location of a backup. */
export interface BackupPlace {
  /** The directory of all backups. */
  root: string;
  /** The beginning of the run, the same for all its backups. */
  startedAt: Date;
  /** An agent, or another owner of the entry. */
  group: string;
  name: string;
}

/**
 * Moves the entry at a target to `<root>/<time>/<group>/<name>` and returns that path. Nothing is
 * overwritten there.
 * @throws EdenError if it cannot be moved; it is then unchanged.
 */
export function moveToBackups(path: string, place: BackupPlace): string {
  const { root, startedAt, group, name } = place;
  const time = startedAt.toISOString().replaceAll(":", "-");
  for (let attempt = 0; ; attempt++) {
    const destination = join(root, attempt === 0 ? time : `${time}.${attempt}`, group, name);
    if (lstatIfExists(destination) !== null) continue;
    makeDirectory(dirname(destination), privateMode(dirname(destination), 0o700));
    moveTree(path, destination);
    return destination;
  }
}

/** Restores a backup. @throws EdenError if that fails; it is then still in the backups. */
export function moveBack(backup: string, path: string): void {
  moveTree(backup, path);
}
