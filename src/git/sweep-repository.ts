import { join } from "node:path";
import { removeTree } from "../system/change-trees.js";
import { listDirectory, listEntries, statIfExists } from "../system/read-files.js";

/**
 * Removes the temporary files and locks that an interrupted git left in a bare repository; call it
 * with its lock held.
 */
export function sweepRepository(repository: string): void {
  for (const name of [".", "objects", "objects/pack"]) sweepDirectory(join(repository, name));
  for (const name of listDirectory(join(repository, "objects"))) {
    if (/^[0-9a-f]{2}$/u.test(name)) sweepDirectory(join(repository, "objects", name));
  }
  for (const directory of directoriesBelow(join(repository, "refs"))) sweepDirectory(directory);
}

function sweepDirectory(directory: string): void {
  for (const name of listDirectory(directory)) {
    if (/^tmp_|\.lock$/u.test(name)) removeTree(join(directory, name));
  }
}

function directoriesBelow(directory: string): string[] {
  if (statIfExists(directory)?.isDirectory() !== true) return [];
  const inner = listEntries(directory).filter(({ kind }) => kind === "directory");
  return [directory, ...inner.flatMap(({ name }) => directoriesBelow(join(directory, name)))];
}
