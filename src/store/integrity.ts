import { EdenError } from "../errors.js";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { listEntries, readLinkIfAny, readRegularFile, type EntryKind } from "../system/read-files.js";

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

export function sha256Hex(content: Buffer | string): string {
  return createHash("sha256").update(content).digest("hex");
}

/**
 * The canonical listing of a directory as it lies on disk. Links are read, never followed; anything that is no file, directory or link
 * is listed with an empty hash, so that it can never verify.
 * @throws EdenError when the directory itself cannot be read.
 */
export function listOnDisk(directory: string): ListedFile[] {
  return listEntries(directory).flatMap(({ name, kind }) => listEntry(directory, name, kind));
}

/** What cannot be read (a name that is not UTF-8, a mode, a file that vanished) is listed with an empty hash too. */
function listEntry(directory: string, path: string, kind: EntryKind): ListedFile[] {
  try {
    const absolute = join(directory, path);
    if (kind === "directory") {
      return listEntries(absolute).flatMap((inner) => listEntry(directory, `${path}/${inner.name}`, inner.kind));
    }
    if (kind === "link") return [{ path, mode: "120000", sha256: hashIfAny(readLinkIfAny(absolute)) }];
    if (kind === "other") return [{ path, mode: "100644", sha256: "" }];
    const { content, executable } = readRegularFile(absolute);
    return [{ path, mode: executable ? "100755" : "100644", sha256: sha256Hex(content) }];
  } catch (error) {
    if (!(error instanceof EdenError) || error.code === "DESCRIPTORS_EXHAUSTED") throw error;
    return [{ path, mode: "100644", sha256: "" }];
  }
}

function hashIfAny(text: string | null): string {
  return text === null ? "" : sha256Hex(text);
}

/** The integrity of a directory as it lies on disk, to be compared with what was recorded. */
export function integrityOnDisk(directory: string): string {
  return integrityOf(listOnDisk(directory));
}
