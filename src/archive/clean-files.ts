import { EdenError, sanitize } from "../errors.js";
import type { ImportedFile } from "../git/import-commit.js";
import type { PackedEntry } from "../system/unpack-tar.js";
import { UnreadableArchive } from "../system/unpack-tar.js";
import type { Unpacked } from "./release.js";

/** Maximum files of an archive. */
const MOST_FILES = 100_000;

/** The files of an archive, and, after the last one, the directory that is dropped from their paths. */
export interface CleanFiles {
  files: AsyncIterable<ImportedFile>;
  root: () => string | null;
}

/**
 * Checks the paths of an archive: none leads out of it, none is there twice or below a file, none is
 * in a `.git`. A skill in it is checked further when it is listed.
 * @param name for messages.
 * @throws EdenError `SKILL_UNSAFE`, `ARCHIVE_INVALID` while the files are read.
 */
export function cleanFiles({ entries, dropsTop }: Unpacked, name: string): CleanFiles {
  const files = new Set<string>();
  const directories = new Set<string>();
  const refuse = (path: string, why: string) =>
    new EdenError("SKILL_UNSAFE", `${sanitize(name)}: ${sanitize(path)} ${why}`, { stage: "fetch" });
  const check = ({ path, kind }: PackedEntry) => {
    const problem = pathProblem(path) ?? (kind === "other" ? "is a device, a pipe or a hard link" : null);
    if (problem !== null) throw refuse(path, problem);
    if (files.has(path) || directories.has(path)) throw refuse(path, "is there twice");
    const parents = parentsOf(path);
    if (parents.some((parent) => files.has(parent))) throw refuse(path, "lies below a file");
    files.add(path);
    for (const parent of parents) directories.add(parent);
    if (files.size > MOST_FILES) throw refuse(path, `is one of more than ${MOST_FILES} files`);
  };
  async function* checked(): AsyncGenerator<ImportedFile> {
    try {
      for await (const entry of entries) {
        check(entry);
        const { path, kind, executable, content } = entry;
        yield { path, mode: kind === "link" ? "120000" : executable ? "100755" : "100644", content };
      }
    } catch (error) {
      if (!(error instanceof UnreadableArchive)) throw error;
      const message = `${sanitize(name)} cannot be unpacked: ${sanitize(error.message)}`;
      throw new EdenError("ARCHIVE_INVALID", message, { stage: "fetch" }, error);
    }
    if (files.size === 0) throw new EdenError("ARCHIVE_INVALID", `${sanitize(name)} is empty`, { stage: "fetch" });
  }
  const root = () => {
    const tops = new Set([...files].map((path) => (path.includes("/") ? path.slice(0, path.indexOf("/")) : null)));
    const [top = null] = tops;
    return dropsTop && tops.size === 1 ? top : null;
  };
  return { files: checked(), root };
}

function pathProblem(path: string): string | null {
  const parts = path.split("/");
  if (parts.some((part) => part === "" || part === "." || part === "..")) return "leads out of the archive";
  if (/[\\\p{Cc}]/u.test(path)) return "has a character that no path has";
  return parts.some((part) => part.toLowerCase() === ".git") ? "is in a .git" : null;
}

function parentsOf(path: string): string[] {
  const parts = path.split("/");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("/"));
}
