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
  /** Entries without a conflict. */
  count: number;
  /** Entries in conflict: ids in a lockfile, entries and keys in a manifest. */
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
 * Merges two lockfiles or two manifests into ours; what is in conflict is written between markers.
 * @param name of the file, for messages; a manifest's ends with `.toml`.
 * @throws EdenError `LOCK_UNREADABLE`, `INVALID_TOML`, `UNRESOLVED_CONFLICT` if one of the three is
 *   no such file; then nothing is written.
 */
export async function mergeFiles(files: MergedFiles, name: string): Promise<MergeReport> {
  const { text, count, conflicts } = name.endsWith(".toml")
    ? await mergedManifest(files, name)
    : mergedLockfile(files, name);
  writeThroughLinks(files.ours, text);
  return { schema_version: 1, command: "lock merge", count, conflicts };
}

type Merged = Pick<MergeReport, "count" | "conflicts"> & { text: string };

function mergedLockfile(files: MergedFiles, name: string): Merged {
  const [base, ours, theirs] = sidesOf(files, name).map((side) => readLockfile(side)) as [Lockfile, Lockfile, Lockfile];
  const merged = mergeLockfiles(base, ours, theirs);
  const conflicts = merged.conflicts.map(({ id }) => id).toSorted();
  return { text: formatMerge(merged, NOWHERE), count: merged.skills.length, conflicts };
}

async function mergedManifest(files: MergedFiles, name: string): Promise<Merged> {
  const { mergeManifests } = await import("../manifest/merge/merge-manifests.js");
  const { parseToml } = await import("../manifest/format/parse-toml.js");
  const [base, ours, theirs] = sidesOf(files, name).map((side) => {
    const text = readSide(side, "INVALID_FILE");
    const parsed = parseToml(text, Number.POSITIVE_INFINITY);
    if (!("problem" in parsed)) return text.toString("utf8");
    const { code, message, line } = parsed.problem;
    throw unreadable(side, code, `${line === null ? "" : `line ${line}: `}${message}`);
  }) as [string, string, string];
  return mergeManifests({ base, ours, theirs });
}

/** One of the three files. */
interface Side {
  path: string;
  /** Describes it in messages. */
  what: string;
  mayBeEmpty: boolean;
}

/** If both branches created the file, git gives an empty base. */
function sidesOf({ base, ours, theirs }: MergedFiles, name: string): Side[] {
  return [
    { path: base, what: `the common ancestor of ${name}`, mayBeEmpty: true },
    { path: ours, what: `our side of ${name}`, mayBeEmpty: false },
    { path: theirs, what: `their side of ${name}`, mayBeEmpty: false },
  ];
}

/**
 * git passes temporary copies. A base directory that does not exist keeps
 * every path as written: relative, with `~` or absolute.
 */
const NOWHERE = { manifestDirectory: "/.eden-skills-merge/manifest", home: "/.eden-skills-merge/home" };

function readLockfile(side: Side): Lockfile {
  const bytes = readSide(side, "LOCK_UNREADABLE");
  if (side.mayBeEmpty && bytes.length === 0) return { skills: [] };
  const parsed = parseLockfile(bytes, NOWHERE);
  if ("problem" in parsed) throw unreadable(side, "LOCK_UNREADABLE", parsed.problem);
  return parsed.lockfile;
}

function readSide(side: Side, code: string): Buffer {
  let bytes: Buffer | null;
  try {
    bytes = readBytesIfExists(side.path);
  } catch (error) {
    throw unreadable(side, code, errorMessage(error), error);
  }
  if (bytes === null) throw unreadable(side, code, `there is nothing at ${sanitize(side.path)}`);
  return bytes;
}

function unreadable({ path, what }: Side, code: string, why: string, cause?: unknown): EdenError {
  const kind = code === "LOCK_UNREADABLE" ? "a lockfile" : "a manifest";
  return new EdenError(code, `${sanitize(what)} is not ${kind}: ${why}`, { path }, cause);
}
