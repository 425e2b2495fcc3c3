import { EdenError, errorMessage, sanitize } from "../errors.js";
import { formatMerge } from "../manifest/lockfile/format-lockfile.js";
import { parseLockfile, type Lockfile } from "../manifest/lockfile/lockfile.js";
import { mergeLockfiles } from "../manifest/lockfile/merge-lockfiles.js";
import { readBytesIfExists } from "../system/read-files.js";
import { writeThroughLinks } from "../system/write-through.js";

/** The document of `lock merge --json`. */
export interface MergeReport {
  schema_version: 1;
  command: "lock merge";
  /** Skills without a conflict. */
  count: number;
  /** Ids of entries in conflict. */
  conflicts: string[];
}

/** The three files of a merge, absolute. */
export interface MergedFiles {
  base: string;
  /** The result is written here. */
  ours: string;
  theirs: string;
}

/**
 * Merges two lockfiles into ours; entries in conflict are written between markers.
 * @param name of the lockfile, for messages.
 * @throws EdenError `LOCK_UNREADABLE` if one of the three is not a lockfile; then nothing is
 *   written.
 */
export function mergeLockfileFiles(files: MergedFiles, name: string): MergeReport {
  const base = read(files.base, `the common ancestor of ${name}`, { mayBeEmpty: true });
  const ours = read(files.ours, `our side of ${name}`);
  const merged = mergeLockfiles(base, ours, read(files.theirs, `their side of ${name}`));
  writeThroughLinks(files.ours, formatMerge(merged, NOWHERE));
  const conflicts = merged.conflicts.map(({ id }) => id).toSorted();
  return { schema_version: 1, command: "lock merge", count: merged.skills.length, conflicts };
}

/**
 * git passes temporary copies. A base directory that does not exist keeps
 * every path as written: relative, with `~` or absolute.
 */
const NOWHERE = { manifestDirectory: "/.eden-skills-merge/manifest", home: "/.eden-skills-merge/home" };

/** @param what describes the file in messages. */
function read(path: string, what: string, { mayBeEmpty } = { mayBeEmpty: false }): Lockfile {
  const refused = (why: string, cause?: unknown) =>
    new EdenError("LOCK_UNREADABLE", `${sanitize(what)} is not a lockfile: ${why}`, { path }, cause);
  let bytes: Buffer | null;
  try {
    bytes = readBytesIfExists(path);
  } catch (error) {
    throw refused(errorMessage(error), error);
  }
  if (bytes === null) throw refused(`there is nothing at ${sanitize(path)}`);
  // If both branches created the file, git gives an empty base.
  if (mayBeEmpty && bytes.length === 0) return { skills: [] };
  const parsed = parseLockfile(bytes, NOWHERE);
  if ("problem" in parsed) throw refused(parsed.problem);
  return parsed.lockfile;
}
