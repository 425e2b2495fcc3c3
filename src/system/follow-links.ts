import { dirname, join, resolve } from "node:path";
import { EdenError } from "../errors.js";
import { lstatIfExists, readLinkIfAny } from "./read-files.js";

/** As many links as Linux follows in one path. */
const MOST_LINKS = 40;

/** Where a path leads. */
export interface FollowedPath {
  /** Absolute, without links in it; what does not exist (the destination of a dangling link, too) is named all the same. */
  place: string;
  /** Where each link lies that was followed on the way, in that order; without links in these paths. */
  links: string[];
}

/**
 * Follows every link of an absolute path, the last one too. The path need not exist.
 * @throws EdenError `PERMISSION_DENIED` for links that go round, and where a directory may not be read.
 */
export function followLinks(path: string): FollowedPath {
  const links: string[] = [];
  const names = resolve(path).split("/").toReversed();
  let place = "/";
  for (let name = names.pop(); name !== undefined; name = names.pop()) {
    if (name === "" || name === ".") continue;
    if (name === "..") {
      place = dirname(place);
      continue;
    }
    const next = join(place, name);
    const text = lstatIfExists(next)?.isSymbolicLink() === true ? readLinkIfAny(next) : null;
    if (text === null) {
      place = next;
      continue;
    }
    if (links.length === MOST_LINKS)
      throw new EdenError("PERMISSION_DENIED", `the links at ${path} go round`, { path });
    links.push(next);
    if (text.startsWith("/")) place = "/";
    names.push(...text.split("/").toReversed());
  }
  return { place, links };
}
