import { isAbsolute, join, resolve } from "node:path";

/**
 * A path as a user wrote it, made absolute: `~` and `~/…` are the home directory, anything relative starts from
 * `directory`. `~user` is not expanded: it is an ordinary name.
 */
export function expandPath(text: string, directory: string, home: string): string {
  if (text === "~") return resolve(home);
  if (/^~[/\\]/.test(text)) return resolve(join(home, text.slice(2)));
  return isAbsolute(text) ? resolve(text) : resolve(directory, text);
}
