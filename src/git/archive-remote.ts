import type { EdenError } from "../errors.js";
import type { ArchivePin } from "../manifest/lockfile/lockfile.js";
import type { Mirror, ResolvedRef } from "./mirror.js";
import type { Remote } from "./remote.js";
import type { RefAnswer } from "./remote-refs.js";

/** The origin of a mirror whose commits are made here from archives. Call it with the lock held. */
export interface ArchiveRemote {
  /**
   * The commits of refs. An archive that is not in the mirror is downloaded.
   * @throws EdenError if the host cannot be reached.
   */
  resolve(refs: readonly (string | null)[]): Promise<Map<string | null, RefAnswer>>;
  /**
   * Downloads the archives of pinned commits, which are verified.
   * @returns the failures by object id.
   */
  fetch(wanted: readonly ResolvedRef[]): Promise<Map<string, EdenError>>;
  /** The archive of a commit in the mirror; null if that is unknown. */
  archiveOf(commit: string): ArchivePin | null;
  /** When it was published, in seconds since 1970; null if that is unknown. */
  publishedAt(commit: string): number | null;
  /** True for a commit that was made in this attempt. */
  wasMade(commit: string): boolean;
}

/** Opens the archives of a source. */
export type OpenArchives = (
  remote: Remote,
  mirror: Mirror,
  facts: { offline: boolean; onBytes?: ((bytes: number) => void) | undefined },
) => Promise<ArchiveRemote>;
