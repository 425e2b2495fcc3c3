import { constants, setPriority } from "node:os";

/** Lets other processes of this machine go first; those that this one starts inherit it. Does nothing where that is not allowed. */
export function goBehindOthers(): void {
  try {
    setPriority(constants.priority.PRIORITY_LOW);
  } catch {
    // A help, not a need.
  }
}
