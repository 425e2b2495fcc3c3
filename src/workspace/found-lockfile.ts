import type { Lockfile } from "../manifest/lockfile/lockfile.js";

/** The lockfile on disk. `problem` says why it is unusable; then it counts as empty. */
export interface FoundLockfile {
  text: string | null;
  lockfile: Lockfile;
  problem: string | null;
}
