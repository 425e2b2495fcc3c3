import { EdenError } from "../errors.js";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { filesBelow } from "../skill/files-below.js";
import { isLitter } from "../skill/litter.js";
import { keepsModes } from "../system/file-modes.js";
import { readLinkIfAny, readRegularFile, type EntryKind } from "../system/read-files.js";
import { sha256Hex } from "../system/sha256.js";

/** One line of the canonical listing. */
export interface ListedFile {
  path: string;
  mode: "100644" | "100755" | "120000";
  /** Hex SHA-256 of the content; of the text, for a link. */
  sha256: string;
}

/**
 * `sha256-<base64>` over the canonical listing: for every file, sorted by the bytes of its path,
 * `<mode> <sha256> <path>\n`. The same on every machine and for every git hash.
 */
export function integrityOf(files: readonly ListedFile[]): string {
  return hashOfLines(files, ({ path, mode, sha256 }) => `${mode} ${sha256} ${path}\n`);
}

/**
 * The same without the modes of regular files, for file systems that do not keep modes. Never equal
 * to an integrity.
 */
function modelessIntegrityOf(files: readonly ListedFile[]): string {
  return hashOfLines(files, ({ path, mode, sha256 }) => `${mode === "120000" ? mode : "file"} ${sha256} ${path}\n`);
}

function hashOfLines(files: readonly ListedFile[], lineOf: (file: ListedFile) => string): string {
  const lines = files
    .map((file) => ({ key: Buffer.from(file.path), line: lineOf(file) }))
    .toSorted((a, b) => Buffer.compare(a.key, b.key));
  const hash = createHash("sha256");
  for (const { line } of lines) hash.update(line);
  return `sha256-${hash.digest("base64")}`;
}

/** How a content is recognised. */
export interface ContentIdentity {
  integrity: string;
  /**
   * Alternatives: without modes for file systems that keep none, and without the files that have
   * names of litter.
   */
  otherIntegrities?: string[];
}

export function identityOf(files: readonly ListedFile[]): Required<ContentIdentity> {
  const paths = new Set(files.map(({ path }) => path));
  const bare = files.filter(({ path, mode }) => mode === "120000" || !isLitter(path, besideIn(paths, path)));
  const others = bare.length === files.length ? [] : [integrityOf(bare), modelessIntegrityOf(bare)];
  return { integrity: integrityOf(files), otherIntegrities: [modelessIntegrityOf(files), ...others] };
}

function besideIn(paths: ReadonlySet<string>, path: string): (name: string) => boolean {
  const directory = path.slice(0, path.lastIndexOf("/") + 1);
  return (name) => paths.has(directory + name);
}

function allIntegrities({ integrity, otherIntegrities = [] }: ContentIdentity): string[] {
  return [integrity, ...otherIntegrities];
}

/**
 * True when a directory holds that content; what running it left behind does not count.
 * @throws EdenError when it cannot be read.
 */
export function holdsContent(directory: string, content: ContentIdentity): boolean {
  return contentOnDisk(directory)(allIntegrities(content));
}

/**
 * Reads what a directory holds.
 * @returns a function that is true if one of the integrities matches, with or without litter; modes
 *   are ignored if the file system keeps none.
 * @throws EdenError if the directory itself is unreadable.
 */
export function contentOnDisk(directory: string): (integrities: readonly string[]) => boolean {
  const found = entriesOnDisk(directory);
  const bare = found.filter((file) => !file.isLitter);
  const listings = bare.length === found.length ? [found] : [found, bare];
  return (integrities) => listings.some((files) => isListed(directory, files, integrities));
}

function isListed(directory: string, files: readonly ListedFile[], integrities: readonly string[]): boolean {
  if (integrities.includes(integrityOf(files))) return true;
  return integrities.includes(modelessIntegrityOf(files)) && !keepsModes(directory);
}

/** True if files that were listed on another machine are a content, with or without litter. */
export function holdsListed(
  files: readonly (ListedFile & { isLitter: boolean })[],
  integrities: readonly string[],
): boolean {
  const bare = files.filter((file) => !file.isLitter);
  return [files, bare].some((some) => integrities.includes(integrityOf(some)));
}

/**
 * True when two directories hold the same; what running them left behind does not count.
 * @throws EdenError when one cannot be read.
 */
export function haveSameContent(one: string, other: string): boolean {
  const [here, there] = [one, other].map((directory) => entriesOnDisk(directory).filter((file) => !file.isLitter));
  if (here === undefined || there === undefined) return false;
  if (integrityOf(here) === integrityOf(there)) return true;
  return modelessIntegrityOf(here) === modelessIntegrityOf(there) && !(keepsModes(one) && keepsModes(other));
}

/**
 * True when a directory has files with names of litter, and they belong to that content.
 * @throws EdenError.
 */
export function bringsLitter(directory: string, content: ContentIdentity): boolean {
  const files = entriesOnDisk(directory);
  return files.some((file) => file.isLitter) && isListed(directory, files, allIntegrities(content));
}

/**
 * The canonical listing of a directory on disk. Links are read, never followed. An entry that is
 * not a file, directory or link has an empty hash, so that it never verifies; the same applies to
 * unreadable entries (a name that is not UTF-8, a mode, a file that vanished).
 * @throws EdenError if the directory itself is unreadable.
 */
export function listOnDisk(directory: string): ListedFile[] {
  return entriesOnDisk(directory).map(({ path, mode, sha256 }) => ({ path, mode, sha256 }));
}

/** The integrity of a directory on disk, including litter. */
export function integrityOnDisk(directory: string): string {
  return integrityOf(entriesOnDisk(directory));
}

interface FileOnDisk extends ListedFile {
  isLitter: boolean;
}

function entriesOnDisk(directory: string): FileOnDisk[] {
  return filesBelow(directory).map(({ path, kind, isLitter: left }) => ({
    ...readEntry(join(directory, path), path, kind),
    isLitter: left,
  }));
}

function readEntry(absolute: string, path: string, kind: EntryKind): ListedFile {
  try {
    if (kind === "link") return { path, mode: "120000", sha256: hashIfAny(readLinkIfAny(absolute)) };
    if (kind !== "file") return unread(path);
    const { content, executable } = readRegularFile(absolute);
    return { path, mode: executable ? "100755" : "100644", sha256: sha256Hex(content) };
  } catch (error) {
    if (!(error instanceof EdenError) || error.code === "DESCRIPTORS_EXHAUSTED") throw error;
    return unread(path);
  }
}

function unread(path: string): ListedFile {
  return { path, mode: "100644", sha256: "" };
}

function hashIfAny(text: string | null): string {
  return text === null ? "" : sha256Hex(text);
}
