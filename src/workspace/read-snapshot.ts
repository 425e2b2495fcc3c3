import { join } from "node:path";
import { EdenError, sanitize } from "../errors.js";
import type { SkillLimits } from "../manifest/document/manifest.js";
import { isLitter } from "../skill/litter.js";
import { checkEntries, checkSizes, tooLarge, type SkillFile, type UncheckedEntry } from "../skill/skill-tree.js";
import { integrityOf } from "../store/integrity.js";
import { formatOf, type ObjectFormat } from "../manifest/names/object-id.js";
import { blobId, treeId } from "../store/tree-id.js";
import { fileFailure } from "../system/file-failure.js";
import {
  listEntries,
  lstatIfExists,
  type EntryKind,
  readLinkIfAny,
  readRegularFile,
  statIfExists,
} from "../system/read-files.js";
import { sha256Hex } from "../system/sha256.js";

/** What a directory holds, as git would list it. */
export interface Snapshot {
  tree: string;
  integrity: string;
  files: SkillFile[];
  /** Where each content lies, by object id. */
  contents: ReadonlyMap<string, string>;
}

/**
 * What a directory of the user's own holds now. Reads only; what lies in `.git`, and what running a skill leaves behind, is not part of it.
 * @param leavesOut which files are not part of it.
 * @throws EdenError `SKILL_UNSAFE` …
 */
export function readSnapshot(limits: SkillLimits, directory: string, leavesOut = isLitter): Snapshot {
  return takeSnapshot(limits, directory, "sha1", leavesOut);
}

/**
 * What an entry of the store holds now, without what running it left there. A skill may have brought files with names of litter: then they are
 * part of it when that makes it what it should be.
 * @param tree what it should be; its length tells the hash of its repository.
 * @throws EdenError `SKILL_UNSAFE` …; `INTEGRITY_MISMATCH` when it is something else.
 */
export function readStored(limits: SkillLimits, directory: string, tree: string): Snapshot {
  const without = takeSnapshot(limits, directory, formatOf(tree), isLitter);
  const found = without.tree === tree ? without : takeSnapshot(limits, directory, formatOf(tree), () => false);
  if (found.tree === tree) return found;
  throw new EdenError(
    "INTEGRITY_MISMATCH",
    `the store entry ${directory} was changed: it is not what the lockfile records`,
    { stage: "verify" },
  );
}

function takeSnapshot(
  limits: SkillLimits,
  directory: string,
  format: ObjectFormat,
  leavesOut: typeof isLitter,
): Snapshot {
  const contents = new Map<string, string>();
  const hashes = new Map<string, string>();
  const sizes = new Map<string, number>();
  const entries = walk(directory, limits, leavesOut, (absolute, content) => {
    const oid = blobId(content, format);
    contents.set(oid, absolute);
    hashes.set(oid, sha256Hex(content));
    sizes.set(oid, content.length);
    return oid;
  });
  const files = checkEntries(entries, limits);
  checkSizes(files, sizes, limits);
  const listing = files.map(({ path, mode, oid }) => ({ path, mode, sha256: hashes.get(oid) ?? "" }));
  return { tree: treeId(files, format), integrity: integrityOf(listing), files, contents };
}

function walk(
  directory: string,
  limits: SkillLimits,
  leavesOut: typeof isLitter,
  hash: (absolute: string, content: Buffer) => string,
): UncheckedEntry[] {
  const entries: UncheckedEntry[] = [];
  const visit = (relative: string) => {
    const listed = listEntries(join(directory, relative));
    const isBeside = (wanted: string) => listed.some(({ name }) => name === wanted);
    for (const { name, kind } of listed) {
      const path = relative === "" ? name : `${relative}/${name}`;
      const absolute = join(directory, path);
      if (path === ".git" || (kind === "file" && leavesOut(path, isBeside))) continue;
      if (kind === "directory") visit(path);
      else {
        requireReadable(absolute, path, kind, { before: entries.length, limits });
        entries.push({
          path: Buffer.from(path),
          mode: modeOf(absolute, kind),
          oid: hash(absolute, readContent(absolute)),
        });
      }
    }
  };
  try {
    visit("");
  } catch (error) {
    throw fileFailure(error, directory);
  }
  return entries;
}

/** @throws EdenError `SKILL_UNSAFE` for a file that must not even be read. @param before files that were read already. */
function requireReadable(
  absolute: string,
  path: string,
  kind: EntryKind,
  { before, limits }: { before: number; limits: SkillLimits },
): void {
  const shown = sanitize(path);
  if (kind === "other")
    throw new EdenError("SKILL_UNSAFE", `${shown} is a device, socket or pipe`, { stage: "materialise" });
  if (before >= limits.maxFiles) throw tooLarge(`${shown} comes after ${limits.maxFiles} other files`, "max_files");
  const size = lstatIfExists(absolute)?.size ?? 0;
  if (size > limits.maxFileBytes)
    throw tooLarge(`${shown} has ${size} bytes, more than ${limits.maxFileBytes}`, "max_file_bytes");
}

function modeOf(absolute: string, kind: EntryKind): string {
  if (kind === "link") return "120000";
  return (statIfExists(absolute)?.mode ?? 0) & 0o100 ? "100755" : "100644";
}

/** A file's bytes; the text of a link. */
export function readContent(absolute: string): Buffer {
  const link = readLinkIfAny(absolute);
  return link === null ? readRegularFile(absolute).content : Buffer.from(link);
}

/** The files of a directory one by one, each read when it is its turn. */
export function* contentsOf<T extends { path: string }>(
  directory: string,
  files: readonly T[],
): Generator<T & { content: Buffer }> {
  for (const file of files) yield { ...file, content: readContent(join(directory, file.path)) };
}
