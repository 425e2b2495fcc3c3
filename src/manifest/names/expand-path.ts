import { isAbsolute, join, resolve } from "node:path";
import { requireKnown } from "../../system/known-directory.js";

/**
 * A path as a user wrote it, made absolute: `~` and `~/…` are the home directory, anything relative starts from
 * `directory`. `~user` is not expanded: it is an ordinary name.
 * @throws EdenError `HOME_UNKNOWN`, `WORKING_DIRECTORY_GONE` when it starts from what this process does not have.
 */
export function expandPath(text: string, directory: string, home: string): string {
  if (text === "~") return requireKnown(resolve(home));
  if (/^~[/\\]/.test(text)) return requireKnown(resolve(join(home, text.slice(2))));
  return isAbsolute(text) ? resolve(text) : requireKnown(resolve(directory, text));
}
