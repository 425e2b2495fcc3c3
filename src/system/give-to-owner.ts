import { lchownSync } from "node:fs";
import { dirname, join } from "node:path";
import { lstatIfExists, statIfExists, listEntries } from "./read-files.js";
import { typed } from "./file-failure.js";

/**
 * Gives what root has written below a home directory to the owner of that directory: the entries,
 * and the directories above them that root made. Does nothing for other users.
 * @param home as it is on this machine.
 * @param paths entries; those outside of the home directory stay as they are.
 * @throws EdenError if it fails.
 */
export function giveToOwner(home: string, paths: readonly string[]): void {
  const owner = statIfExists(home);
  if (process.getuid?.() !== 0 || owner === null || owner.uid === 0) return;
  const give = (path: string) => typed(path, () => lchownSync(path, owner.uid, owner.gid));
  const giveTree = (path: string): void => {
    give(path);
    if (lstatIfExists(path)?.isDirectory() !== true) return;
    for (const { name } of listEntries(path)) giveTree(join(path, name));
  };
  for (const path of paths) {
    if (!path.startsWith(`${home}/`) || lstatIfExists(path) === null) continue;
    giveTree(path);
    for (let above = dirname(path); above !== home; above = dirname(above))
      if (lstatIfExists(above)?.uid === 0) give(above);
  }
}
