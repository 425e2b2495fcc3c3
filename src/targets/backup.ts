import { dirname, join } from "node:path";
import { lstatIfExists } from "../system/read-files.js";
import { moveTree } from "../system/move-trees.js";
import { makeDirectory } from "../system/write-files.js";

/**
 * Moves what lies at a target to `<backups>/<time>/<agent>/<id>` and returns that path. Nothing is overwritten there.
 * @param time a name for the moment of the run: the same for all its backups.
 * @throws EdenError when it cannot be moved; it is then still where it was.
 */
export function moveToBackups(path: string, backups: string, time: string, agent: string, id: string): string {
  for (let attempt = 0; ; attempt++) {
    const destination = join(backups, attempt === 0 ? time : `${time}.${attempt}`, agent, id);
    if (lstatIfExists(destination) !== null) continue;
    makeDirectory(dirname(destination), 0o700);
    moveTree(path, destination);
    return destination;
  }
}

/** Returns a backup to its place. @throws EdenError when that fails; it is then still in the backups. */
export function moveBack(backup: string, path: string): void {
  moveTree(backup, path);
}
