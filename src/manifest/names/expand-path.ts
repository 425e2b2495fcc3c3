import { isAbsolute, join, resolve } from "node:path";
import type { ImageRoot } from "../../system/image-root.js";
import { requireKnown } from "../../system/known-directory.js";

/**
 * Makes a path of a user absolute: `~` and `~/…` are the home directory, a relative path starts
 * from `directory`. `~user` is an ordinary name and is not expanded.
 * @throws EdenError `HOME_UNKNOWN`, `WORKING_DIRECTORY_GONE` if this process does not have the base
 *   directory.
 */
export function expandPath(text: string, directory: string, home: string): string {
  if (text === "~") return requireKnown(resolve(home));
  if (/^~[/\\]/.test(text)) return requireKnown(resolve(join(home, text.slice(2))));
  return isAbsolute(text) ? resolve(text) : requireKnown(resolve(directory, text));
}

/** The directories that the path of a target starts from, and the root that it is in, if any. */
export interface TargetBase {
  manifestDirectory: string;
  home: string;
  root?: ImageRoot | undefined;
}

/**
 * As `expandPath`, for the path of a target: in the root of an image it is placed there, with the
 * home directory of its user.
 */
export function expandTargetPath(text: string, { manifestDirectory, home, root }: TargetBase): string {
  if (root === undefined) return expandPath(text, manifestDirectory, home);
  return root.at(expandPath(text, root.pathOf(manifestDirectory), root.home));
}

/** The same, with both directories where the targets are. */
export function placedBase<Base extends TargetBase>(base: Base): Base {
  const { manifestDirectory, root } = base;
  return root === undefined
    ? base
    : { ...base, home: root.at(root.home), manifestDirectory: root.place(manifestDirectory) };
}
