import { followLinks } from "./follow-links.js";
import { lstatIfExists } from "./read-files.js";
import { removeQuietly } from "./temporary-files.js";
import { writeByRename } from "./write-files.js";

/**
 * As `writeByRename`; if the path is a link, the link stays and the file that it leads to is
 * replaced. The mode of an existing file is kept.
 * @throws EdenError.
 */
export function writeThroughLinks(path: string, text: string | Buffer): void {
  const { place } = followLinks(path);
  const stats = lstatIfExists(place);
  writeByRename(place, text, stats === null ? 0o666 : stats.mode & 0o777);
}

/** Removes the file that a path leads to, if possible; links on the way stay. */
export function removeThroughLinks(path: string): void {
  removeQuietly(followLinks(path).place);
}
