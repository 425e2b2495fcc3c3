import { join } from "node:path";
import type { RepositorySource } from "../manifest/document/manifest.js";
import type { ArchivePin } from "../manifest/lockfile/lockfile.js";
import { listDirectory, lstatIfExists, readTextIfExists, statIfExists } from "../system/read-files.js";
import { sweepRepository } from "./sweep-repository.js";
import { removeTree, renamePath } from "../system/change-trees.js";
import { makeDirectory, writeDisposable, writeInPlace } from "../system/write-files.js";
import { shortHash } from "../system/sha256.js";
import { isObjectId, type ObjectFormat } from "../manifest/names/object-id.js";
import { privateMode } from "../system/private-mode.js";

/**
 * The bare object database of one repository:
 *
 * - `mirrors/<host>_<owner>_<repo>-<hash>/`: objects, shallow; no URL, no hook, no template in it
 * - `mirrors/<host>_<owner>_<repo>-<hash>.refs.json`: the last resolution of refs
 * - `locks/<the same name>.lock`: held by the process that writes to it: two shallow fetches
 *   collide
 */
export interface Mirror {
  directory: string;
  lockPath: string;
  refsPath: string;
}

/** The path of a repository's mirror; two spellings of one URL share it. */
export function mirrorOf(storageRoot: string, source: Pick<RepositorySource, "key">): Mirror {
  const hash = shortHash(source.key);
  const words = source.key
    .replace(/^[a-z+]+:\/\//u, "")
    .split(/[/:@]+/u)
    .filter((word) => word !== "");
  const readable = [words[0] ?? "", ...words.slice(1).slice(-2)]
    .join("_")
    .replace(/[^A-Za-z0-9._-]+/gu, "-")
    .slice(0, 80);
  return mirrorNamed(storageRoot, `${readable.replace(/^[.-]+/u, "")}-${hash}`);
}

/** The paths of the mirror with that name. */
export function mirrorNamed(storageRoot: string, name: string): Mirror {
  return {
    directory: join(storageRoot, "mirrors", name),
    lockPath: join(storageRoot, "locks", `${name}.lock`),
    refsPath: join(storageRoot, "mirrors", `${name}.refs.json`),
  };
}

/**
 * True for the name of a mirror, or of a file beside it: anything else in that directory is not
 * ours.
 */
export function isMirrorName(name: string): boolean {
  return /^[A-Za-z0-9._-]+-[0-9a-f]{16}(?:\.refs\.json)?$/u.test(name);
}

/** True if the mirror has the required parts of a repository. */
export function mirrorExists(mirror: Mirror): boolean {
  const part = (name: string) => statIfExists(join(mirror.directory, name));
  return (
    ["objects", "refs"].every((name) => part(name)?.isDirectory() === true) &&
    // After a power loss, files that were not synced to disk are empty.
    ["HEAD", "config"].every((name) => part(name)?.isFile() === true && part(name)?.size !== 0) &&
    /^(?:ref: refs\/|[0-9a-f]{40})/u.test(readTextIfExists(join(mirror.directory, "HEAD")) ?? "")
  );
}

/**
 * Prepares the mirror for writing; call it with the lock held. Under the lock, every temporary file
 * and every lock file of git is left over from a killed process, so it is removed. A mirror with
 * missing parts is created again.
 * @returns true if nothing was ever fetched into it.
 */
export function openMirror(mirror: Mirror, format: ObjectFormat): boolean {
  if (mirrorExists(mirror)) {
    sweepRepository(mirror.directory);
    return isEmpty(mirror);
  }
  if (!isUntouched(mirror)) discardMirror(mirror);
  prepareObjects(mirror);
  makeDirectory(join(mirror.directory, "refs/eden"));
  // Until git has HEAD, this is no repository: both need no rename.
  writeInPlace(join(mirror.directory, "config"), CONFIG[format]);
  writeInPlace(join(mirror.directory, "HEAD"), "ref: refs/heads/main\n");
  return true;
}

/** Makes the directory of a mirror's objects; needs no lock. */
export function prepareObjects({ directory }: Mirror): void {
  makeDirectory(join(directory, "objects"), privateMode(directory, 0o700));
}

/** True if there is nothing, or only what `prepareObjects` makes. */
function isUntouched({ directory }: Mirror): boolean {
  if (lstatIfExists(directory) === null) return true;
  const names = listDirectory(directory);
  return names.length === 1 && names[0] === "objects" && listDirectory(join(directory, "objects")).length === 0;
}

/**
 * The required files of `git init --bare`; running `git init` would take longer than all other work
 * on the repository.
 */
const CONFIG = {
  sha1: "[core]\n\trepositoryformatversion = 0\n\tbare = true\n",
  sha256: "[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tobjectformat = sha256\n",
};

/** True if the repository turned out to be large, so that only wanted file contents are fetched. */
export function isLarge(mirror: Mirror): boolean {
  return lstatIfExists(join(mirror.directory, LARGE)) !== null;
}

export function rememberLarge(mirror: Mirror): void {
  writeDisposable(join(mirror.directory, LARGE), "");
}

/** A file of ours in the mirror, which git ignores. */
const LARGE = "large-repository";

/**
 * True if objects were left out when the mirror was fetched. A server expects that all contents of
 * the commits in it are here, and sends differences from them, which git could not apply.
 */
export function isPartial(mirror: Mirror): boolean {
  return listDirectory(join(mirror.directory, "objects/pack")).some((name) => name.endsWith(".promisor"));
}

/** True if nothing was ever fetched into the mirror, or if it does not exist. */
export function isEmpty(mirror: Mirror): boolean {
  return listDirectory(join(mirror.directory, "refs/eden")).length === 0;
}

/** Removes a damaged mirror: git can neither fetch into nor repair a damaged object database. */
export function discardMirror(mirror: Mirror): void {
  removeTree(mirror.directory);
}

/**
 * The ref that keeps a fetched object; git writes it last, so its presence means that the object is
 * complete.
 */
export function keepingRef(oid: string): string {
  return `refs/eden/${oid}`;
}

/** True if the mirror contains that commit or tag. Checks only the file system. */
export function mirrorHas(mirror: Mirror, oid: string): boolean {
  return lstatIfExists(join(mirror.directory, keepingRef(oid))) !== null;
}

/**
 * Renames a ref that git has just fetched to the one that keeps its object.
 * @returns the object id, or null if there is no such ref.
 */
export function adoptIncoming(mirror: Mirror, ref: string): string | null {
  const path = join(mirror.directory, ref);
  const oid = readTextIfExists(path)?.trim() ?? "";
  if (!isObjectId(oid)) return null;
  renamePath(path, join(mirror.directory, keepingRef(oid)));
  return oid;
}

/**
 * Bytes of packs in the mirror, complete or incomplete: their growth is the number of received
 * bytes.
 */
export function packBytes(mirror: Mirror): number {
  const directory = join(mirror.directory, "objects/pack");
  let bytes = 0;
  for (const name of listDirectory(directory)) {
    if (/\.pack$|^tmp_pack_/u.test(name)) bytes += lstatIfExists(join(directory, name))?.size ?? 0;
  }
  return bytes;
}

/** A resolved ref: its object, and the commit if that is an annotated tag. */
export interface ResolvedRef {
  oid: string;
  commit: string;
  /** The ref is a tag, which should not move. */
  tag?: true;
  /** The archive that the commit is made from. */
  archive?: ArchivePin;
}
