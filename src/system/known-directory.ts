import { EdenError } from "../errors.js";

/**
 * Placeholder for the home directory of a user without one. It cannot contain anything, so nothing
 * is ever found below it.
 */
export const NO_HOME = "/dev/null/no-home";

/** The same kind of placeholder for a removed working directory. */
export const NO_WORKING_DIRECTORY = "/dev/null/no-working-directory";

/** True unless the path is below one of these placeholders. */
export function isKnown(path: string): boolean {
  return !isBelow(path, NO_HOME) && !isBelow(path, NO_WORKING_DIRECTORY);
}

/**
 * Returns the path.
 * @throws EdenError `HOME_UNKNOWN` or `WORKING_DIRECTORY_GONE` if it is below a placeholder.
 */
export function requireKnown(path: string): string {
  if (isBelow(path, NO_HOME))
    throw new EdenError(
      "HOME_UNKNOWN",
      "no home directory is known: HOME is not set, and the system has none for this user",
    );
  if (isBelow(path, NO_WORKING_DIRECTORY))
    throw new EdenError("WORKING_DIRECTORY_GONE", "the working directory cannot be read: it may have been removed");
  return path;
}

function isBelow(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}
