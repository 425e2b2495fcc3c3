import { EdenError } from "../errors.js";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { listEntries, readLinkIfAny, readRegularFile } from "../system/files.js";

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
 */
export function listOnDisk(directory: string): ListedFile[] {
  const files: ListedFile[] = [];
  const walk = (relative: string) => {
    for (const { name, kind } of listEntries(join(directory, relative))) {
      const path = relative === "" ? name : `${relative}/${name}`;
      const absolute = join(directory, path);
      if (kind === "directory") walk(path);
      else if (kind === "link") files.push({ path, mode: "120000", sha256: sha256Hex(readLinkIfAny(absolute) ?? "") });
      else if (kind === "file") {
        files.push({ path, ...readOrNothing(absolute) });
      } else files.push({ path, mode: "100644", sha256: "" });
    }
  };
  walk("");
  return files;
}

/** What cannot be read (a name that is not UTF-8, a mode, a file that vanished) is listed with an empty hash: it can never verify. */
function readOrNothing(path: string): Pick<ListedFile, "mode" | "sha256"> {
  try {
    const { content, executable } = readRegularFile(path);
    return { mode: executable ? "100755" : "100644", sha256: sha256Hex(content) };
  } catch (error) {
    if (!(error instanceof EdenError) || error.code === "DESCRIPTORS_EXHAUSTED") throw error;
    return { mode: "100644", sha256: "" };
  }
}

/** The integrity of a directory as it lies on disk, to be compared with what was recorded. */
export function integrityOnDisk(directory: string): string {
  return integrityOf(listOnDisk(directory));
}
