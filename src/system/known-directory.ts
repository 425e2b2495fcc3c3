import { EdenError } from "../errors.js";

/** Stands for the home of a user who has none: nothing can be below it, so that whatever is looked for there is not there. */
export const NO_HOME = "/dev/null/no-home";

/** Stands in the same way for a working directory that was removed. */
export const NO_WORKING_DIRECTORY = "/dev/null/no-working-directory";

/** True for a path that does not start from a home or working directory that this process does not have. */
export function isKnown(path: string): boolean {
  return !isBelow(path, NO_HOME) && !isBelow(path, NO_WORKING_DIRECTORY);
}

/** The path itself. @throws EdenError `HOME_UNKNOWN`, `WORKING_DIRECTORY_GONE` for one that cannot be known. */
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
