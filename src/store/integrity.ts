import { EdenError } from "../errors.js";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { filesBelow } from "../skill/files-below.js";
import { isLitter } from "../skill/litter.js";
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
 * `sha256-<base64>` over the canonical listing: for every file, sorted by the bytes of its path, `<mode> <sha256> <path>\n`. The same on
 * every machine and for every git hash.
 */
export function integrityOf(files: readonly ListedFile[]): string {
  const lines = files
    .map(({ path, mode, sha256 }) => ({ key: Buffer.from(path), line: `${mode} ${sha256} ${path}\n` }))
    .toSorted((a, b) => Buffer.compare(a.key, b.key));
  const hash = createHash("sha256");
  for (const { line } of lines) hash.update(line);
  return `sha256-${hash.digest("base64")}`;
}

/** What is recorded of a content: its integrity, and what else it may be recognised by. */
export interface ContentIdentity {
  integrity: string;
  /** Its integrity without the files that have names of litter, when it has any. */
  bareIntegrity?: string;
}

/** The integrity of a content without the files that running a skill leaves behind; undefined when it has none of them. */
export function bareIntegrityOf(files: readonly ListedFile[]): string | undefined {
  const paths = new Set(files.map(({ path }) => path));
  const bare = files.filter(({ path, mode }) => mode === "120000" || !isLitter(path, besideIn(paths, path)));
  return bare.length === files.length ? undefined : integrityOf(bare);
}

function besideIn(paths: ReadonlySet<string>, path: string): (name: string) => boolean {
  const directory = path.slice(0, path.lastIndexOf("/") + 1);
  return (name) => paths.has(directory + name);
}

/** True when a directory holds that content; what running it left behind does not count. @throws EdenError when it cannot be read. */
export function holdsContent(directory: string, { integrity, bareIntegrity }: ContentIdentity): boolean {
  return integritiesOnDisk(directory).some((found) => found === integrity || found === bareIntegrity);
}

/** True when two directories hold the same; what running them left behind does not count. @throws EdenError when one cannot be read. */
export function haveSameContent(one: string, other: string): boolean {
  return integritiesOnDisk(one).at(-1) === integritiesOnDisk(other).at(-1);
}

/** True when a directory has files with names of litter, and they belong to the content of that integrity. @throws EdenError. */
export function bringsLitter(directory: string, integrity: string): boolean {
  return filesBelow(directory).some((file) => file.isLitter) && integrityOnDisk(directory) === integrity;
}

/**
 * What a directory may be recognised by: the integrity of all that lies in it, then, when they differ, of all but litter.
 * @throws EdenError when the directory itself cannot be read.
 */
export function integritiesOnDisk(directory: string): string[] {
  const found = entriesOnDisk(directory);
  const bare = found.filter((file) => !file.isLitter);
  return (bare.length === found.length ? [found] : [found, bare]).map((files) => integrityOf(files));
}

/**
 * The canonical listing of a directory as it lies on disk. Links are read, never followed; anything that is no file, directory or link
 * is listed with an empty hash, so that it can never verify. So is what cannot be read (a name that is not UTF-8, a mode, a file that vanished).
 * @throws EdenError when the directory itself cannot be read.
 */
export function listOnDisk(directory: string): ListedFile[] {
  return entriesOnDisk(directory).map(({ path, mode, sha256 }) => ({ path, mode, sha256 }));
}

/** The integrity of a directory as it lies on disk, litter and all. */
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
