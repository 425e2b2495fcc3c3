import { dirname, join } from "node:path";
import { EdenError, errorCode } from "../errors.js";
import { copyVerbatim, lstatIfExists, makeDirectory, removeTree, renamePath } from "../system/files.js";

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
    try {
      renamePath(path, destination);
    } catch (error) {
      if (!(error instanceof EdenError) || errorCode(error.cause) !== "EXDEV") throw error;
      copyVerbatim(path, destination);
      removeTree(path);
    }
    return destination;
  }
}
