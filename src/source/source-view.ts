import type { ResolvedRef } from "../git/mirror.js";

/** The files of a source, before any of its skills is chosen. */
export interface SourceView {
  /** The ref; null for the default branch. */
  ref: string | null;
  /** The resolved ref; null for a directory. */
  at: ResolvedRef | null;
  /** The directory that was asked for. */
  start: string;
  /** Of all files, from the root, with `/`. */
  paths: string[];
  /** Directories that are other repositories. */
  submodules: string[];
  /** Directories that could not be read, or not completely, and why. */
  unread: { path: string; reason: string }[];
  /** How many links there are beyond those of `links`. */
  linksLeft: number;
  /** The links, at most `MOST_LINKS` of them. */
  links(): Promise<SourceLink[]>;
  /** An identity of the content of a directory; null when unknown. */
  contentOf(directory: string): string | null;
  /**
   * The beginnings of files, by path; what is too large is left out, or cannot be read.
   * @param most bytes of each that are kept: there may be very many.
   */
  read(paths: readonly string[], most?: number): Promise<Map<string, Buffer>>;
}

/** A symbolic link in a source. */
export interface SourceLink {
  path: string;
  text: string;
  /**
   * The file or directory that it leads to, from the root and without a link in its path; null when
   * that is outside, or not there.
   */
  to: string | null;
}

/** Links of one source that are followed. */
export const MOST_LINKS = 1000;

/** Entries of a whole repository; of a larger one only a part can be viewed. */
export const MOST_ENTRIES = 200_000;

/** Bytes of a file that is read to recognise a skill. */
export const MOST_BYTES = 1024 * 1024;
