import { isAbsolute, join, resolve } from "node:path";
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
