import { statSync } from "node:fs";
import { dirname } from "node:path";

/** Set-group-id, or writable for the group; a sticky directory such as /tmp is for everybody. */
const [OF_GROUP, STICKY] = [0o2020, 0o1000];

/**
 * The mode for a file (0600) or directory (0700) of ours that is not made yet: for its owner alone,
 * and for the group as well where the directory around it is shared with a group. The umask applies.
 */
export function privateMode(path: string, mode: 0o600 | 0o700): number {
  const around = modeAround(path);
  const isShared = (around & OF_GROUP) !== 0 && (around & STICKY) === 0;
  return isShared ? mode | (mode >> 3) : mode;
}

/** The mode of the nearest directory that exists; 0 if it cannot be seen. */
function modeAround(path: string): number {
  for (let directory = dirname(path); ; directory = dirname(directory)) {
    try {
      const found = statSync(directory, { throwIfNoEntry: false });
      if (found !== undefined) return found.mode;
    } catch {
      return 0;
    }
    if (directory === dirname(directory)) return 0;
  }
}
