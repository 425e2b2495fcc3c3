import type { ArchivePin } from "../manifest/lockfile/lockfile.js";
import type { PackedEntry } from "../system/unpack-tar.js";

/** An archive at its address, which was not downloaded yet. */
export interface Release {
  pin: ArchivePin;
  /** The ref names exactly this archive, so it should not move. */
  isFixed: boolean;
  /**
   * Downloads it and verifies its digest.
   * @throws EdenError `INTEGRITY_MISMATCH`; as `download`.
   */
  unpack(): Promise<Unpacked>;
}

/** The entries of a verified archive. */
export interface Unpacked {
  entries: AsyncIterable<PackedEntry> | Iterable<PackedEntry>;
  /** True if a directory that contains everything is not part of the paths. */
  dropsTop: boolean;
  /** When it was published, in seconds since 1970; absent if unknown. */
  published?: number | undefined;
}

/** One kind of archives: how a ref becomes a release. Everything after that is the same for all. */
export interface ArchiveKind {
  /**
   * The release that a ref of the manifest means now (null: the usual one).
   * @throws EdenError `REF_NOT_FOUND`; as `download`.
   */
  find(ref: string | null): Promise<Release>;
  /**
   * The places of a pinned release, the cheapest first. The first that has the pinned files counts.
   * They throw EdenError `ARCHIVE_GONE` if it is no longer there; as `download`.
   */
  pinned(pin: ArchivePin): (() => Promise<Release>)[];
}
