import type { Lockfile } from "../manifest/lockfile/lockfile.js";

/** The lockfile as it was found. `problem` says why it cannot be used; then it counts as empty. */
export interface FoundLockfile {
  text: string | null;
  lockfile: Lockfile;
  problem: string | null;
}
