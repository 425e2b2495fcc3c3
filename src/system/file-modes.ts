import { closeSync, fchmodSync, fstatSync, openSync } from "node:fs";
import { errorCode } from "../errors.js";
import { NO_MODES } from "./change-trees.js";
import { statIfExists } from "./read-files.js";
import { removeQuietly, temporaryBeside } from "./temporary-files.js";

const known = new Map<number, boolean>();

/**
 * Whether the file system of a directory keeps the executable bits of files: exFAT, FAT and many network mounts show one mode for all. Tried
 * once per device with a temporary file beside the directory; true where that cannot be written.
 */
export function keepsModes(directory: string): boolean {
  const device = statIfExists(directory)?.dev;
  if (device === undefined) return true;
  const found = known.get(device) ?? tryModes(temporaryBeside(directory));
  known.set(device, found);
  return found;
}

function tryModes(path: string): boolean {
  try {
    const descriptor = openSync(path, "wx", 0o600);
    try {
      return [0o700, 0o600].every((mode) => {
        fchmodSync(descriptor, mode);
        return (fstatSync(descriptor).mode & 0o100) === (mode & 0o100);
      });
    } finally {
      closeSync(descriptor);
      removeQuietly(path);
    }
  } catch (error) {
    return !NO_MODES.includes(errorCode(error) ?? "");
  }
}
