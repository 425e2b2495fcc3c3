import { lstatIfExists } from "../system/read-files.js";
import { createLink, removeTree, renameInBackground } from "../system/change-trees.js";
import { temporaryBeside } from "../system/temporary-files.js";
import { swapAside } from "./swap-aside.js";

/**
 * Installs a link to `destination` at a target. At a free path the link is created in place, which
 * fails if an entry appeared in the meantime. A link of ours is replaced by one rename: a reader
 * sees the old skill or the new one. A directory of ours (a former copy) is moved aside first.
 * @param isOurs checks the entry that was moved aside.
 * @throws EdenError `PERMISSION_DENIED`, `DISK_FULL`, `TARGET_CONFLICT` …
 */
export async function installLink(
  path: string,
  destination: string,
  isOurs: (aside: string) => boolean,
): Promise<void> {
  const before = lstatIfExists(path);
  if (before === null) return await createLink(destination, path);
  const link = temporaryBeside(path);
  try {
    await createLink(destination, link);
    if (before.isSymbolicLink()) await renameInBackground(link, path);
    else swapAside(path, link, temporaryBeside(path), isOurs);
  } finally {
    removeTree(link);
  }
}
