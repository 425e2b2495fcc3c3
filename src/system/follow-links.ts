import { dirname, join, resolve } from "node:path";
import { EdenError } from "../errors.js";
import { perTurn } from "./per-turn.js";
import { lstatIfExists, readLinkIfAny } from "./read-files.js";

/** The number of links that Linux follows in one path. */
const MOST_LINKS = 40;

/** The destination of a path. */
export interface FollowedPath {
  /** Absolute, without links. It need not exist: also set for a broken link. */
  place: string;
  /**
   * The paths of the links that were followed, in order; these paths contain no links themselves.
   */
  links: string[];
}

/**
 * Follows every link of an absolute path, including the last one. The path need not exist.
 * @throws EdenError `PERMISSION_DENIED` for a loop of links and for an unreadable directory.
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
    const text = linkAt(next);
    if (text === null) {
      place = next;
      continue;
    }
    if (links.length === MOST_LINKS)
      throw new EdenError("PERMISSION_DENIED", `the links at ${path} form a loop`, { path });
    links.push(next);
    if (text.startsWith("/")) place = "/";
    names.push(...text.split("/").toReversed());
  }
  return { place, links };
}

/** The text of a link; null for anything else. */
const linkAt = perTurn((path) => (lstatIfExists(path)?.isSymbolicLink() === true ? readLinkIfAny(path) : null));
