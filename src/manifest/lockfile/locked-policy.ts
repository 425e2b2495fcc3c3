/** The team's policy file that the manifest extends, as it was when the lockfile was written. */
export interface LockedPolicy {
  /** `extends` of the manifest. */
  source: string;
  /** "" for a file at a path. */
  commit: string;
  /** Of the file, in hex. */
  sha256: string;
}
