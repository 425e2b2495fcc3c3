import { join, relative } from "node:path";
import { EdenError, sanitize } from "../errors.js";
import type { Manifest, SkillLimits } from "../manifest/document/manifest.js";
import { isLitter } from "../skill/litter.js";
import { checkEntries, checkSizes, tooLarge, type SkillFile, type UncheckedEntry } from "../skill/skill-tree.js";
import { integrityOf } from "../store/integrity.js";
import { openStore } from "../store/store.js";
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

/** The content of a directory, as git would list it. */
export interface Snapshot {
  tree: string;
  integrity: string;
  files: SkillFile[];
  /** The path of each content, by object id. */
  contents: ReadonlyMap<string, string>;
}

/**
 * The current content of a directory of the user. Reads only; `.git` and litter are not part of it.
 * @param leavesOut files that are not part of it.
 * @throws EdenError `SKILL_UNSAFE` …
 */
export function readSnapshot(limits: SkillLimits, directory: string, leavesOut = isLitter): Snapshot {
  return takeSnapshot(directory, { limits, format: "sha1", leavesOut, isExecutable });
}

/**
 * What an entry of the store holds now, without what running it left there. A skill may have
 * brought files with names of litter: then they are part of it when that makes it what it should
 * be. Modes are those that its marker has: the file system may not keep them.
 * @param tree what it should be; its length tells the hash of its repository.
 * @throws EdenError `SKILL_UNSAFE` …; `INTEGRITY_MISMATCH` when it is something else.
 */
export function readStored({ limits, storageRoot }: Manifest, tree: string, id: string): Snapshot {
  const store = openStore(storageRoot);
  const directory = store.entryDirectory(tree, id);
  const executables = store.readMarker(tree)?.executables ?? [];
  const how = {
    limits,
    format: formatOf(tree),
    isExecutable: (path: string) => executables.includes(relative(directory, path)),
  };
  const without = takeSnapshot(directory, { ...how, leavesOut: isLitter });
  const found = without.tree === tree ? without : takeSnapshot(directory, { ...how, leavesOut: () => false });
  if (found.tree === tree) return found;
  throw new EdenError(
    "INTEGRITY_MISMATCH",
    `the store entry ${directory} was changed: it is not what the lockfile records`,
    { stage: "verify" },
  );
}

/** How a directory is read. */
interface Reading {
  limits: SkillLimits;
  format: ObjectFormat;
  leavesOut: typeof isLitter;
  /** Of a regular file, by its absolute path. */
  isExecutable(path: string): boolean;
}

function takeSnapshot(directory: string, reading: Reading): Snapshot {
  const { limits, format } = reading;
  const contents = new Map<string, string>();
  const hashes = new Map<string, string>();
  const sizes = new Map<string, number>();
  const entries = walk(directory, reading, (absolute, content) => {
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
  { limits, leavesOut, isExecutable: hasBit }: Reading,
  hash: (absolute: string, content: Buffer) => string,
): UncheckedEntry[] {
  const entries: UncheckedEntry[] = [];
  const visit = (above: string) => {
    const listed = listEntries(join(directory, above));
    const isBeside = (wanted: string) => listed.some(({ name }) => name === wanted);
    for (const { name, kind } of listed) {
      const path = above === "" ? name : `${above}/${name}`;
      const absolute = join(directory, path);
      if (path === ".git" || (kind === "file" && leavesOut(path, isBeside))) continue;
      if (kind === "directory") visit(path);
      else {
        requireReadable(absolute, path, kind, { before: entries.length, limits });
        entries.push({
          path: Buffer.from(path),
          mode: kind === "link" ? "120000" : hasBit(absolute) ? "100755" : "100644",
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

/**
 * @throws EdenError `SKILL_UNSAFE` for a file that must not be read.
 * @param before files that were read already.
 */
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

function isExecutable(path: string): boolean {
  return ((statIfExists(path)?.mode ?? 0) & 0o100) !== 0;
}

/** A file's bytes; the text of a link. */
export function readContent(absolute: string): Buffer {
  const link = readLinkIfAny(absolute);
  return link === null ? readRegularFile(absolute).content : Buffer.from(link);
}

/** The files of a directory one by one, each read on demand. */
export function* contentsOf<T extends { path: string }>(
  directory: string,
  files: readonly T[],
): Generator<T & { content: Buffer }> {
  for (const file of files) yield { ...file, content: readContent(join(directory, file.path)) };
}
