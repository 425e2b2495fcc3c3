import { constants, setPriority } from "node:os";

/**
 * Lowers the priority of this process and of the processes that it starts. Does nothing if that is
 * not allowed.
 */
export function goBehindOthers(): void {
  try {
    setPriority(constants.priority.PRIORITY_LOW);
  } catch {
    // An optimisation only.
  }
}
