import { createLink, lstatIfExists, removeTree, renamePath, temporaryBeside } from "../system/files.js";
import { swapDirectory } from "./swap-directory.js";

/**
 * Makes a target a link to `destination`, by one rename over whatever link or nothing is there: a reader sees the old skill or the new
 * one. A directory of ours that stands there (a former copy) is moved aside first.
 * @throws EdenError `PERMISSION_DENIED`, `DISK_FULL` …
 */
export function installLink(path: string, destination: string): void {
  const link = temporaryBeside(path);
  const aside = temporaryBeside(path);
  try {
    createLink(destination, link);
    const isDirectory = lstatIfExists(path)?.isDirectory() === true;
    if (isDirectory) swapDirectory(path, link, aside);
    else renamePath(link, path);
  } finally {
    removeTree(link);
  }
}
