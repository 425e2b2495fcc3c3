import { isAbsolute, relative, sep } from "node:path";
import { expandTargetPath, type TargetBase } from "../names/expand-path.js";
import { contains } from "../targets/target-danger.js";

/** The base directories of a lockfile's paths; absolute. */
export type LockfilePlace = TargetBase;

/**
 * Formats a target's path so that the file is the same on every machine: relative if it is inside
 * the manifest's directory, else with `~` if it is inside the home directory, else absolute; always
 * with "/". A path in a container or on another host stays unchanged.
 */
export function writeLockedPath(target: string, environment: string | undefined, place: LockfilePlace): string {
  if (environment !== undefined) return target;
  const { root } = place;
  const [path, directory, home] =
    root === undefined
      ? [target, place.manifestDirectory, place.home]
      : [root.pathOf(target), root.pathOf(place.manifestDirectory), root.home];
  if (contains(directory, path)) {
    const inside = slashed(relative(directory, path));
    return /^~|^[a-z]:/i.test(inside) ? `./${inside}` : inside;
  }
  if (contains(home, path)) return `~/${slashed(relative(home, path))}`;
  return slashed(path);
}

/** Resolves a path of the file; null for a path that our writer would not write. */
export function readLockedPath(written: string, environment: string | undefined, place: LockfilePlace): string | null {
  const parts = written.split("/");
  if (written === "" || /[\p{Cc}\p{Cs}]/u.test(written) || parts.includes("..")) return null;
  if (environment !== undefined) return /^(?:\/|~\/)/.test(written) ? written : null;
  if (/^~[^/]/.test(written) || (!isAbsolute(written) && /^[a-z]:/i.test(written))) return null;
  return expandTargetPath(written, place);
}

function slashed(path: string): string {
  return sep === "/" ? path : path.replaceAll(sep, "/");
}
