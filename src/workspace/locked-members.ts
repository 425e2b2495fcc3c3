import { isDeepStrictEqual } from "node:util";
import type { KnownMember, Manifest, ManifestCollection } from "../manifest/document/manifest.js";
import { nameInSource } from "../manifest/document/member-problems.js";
import type { LockedCollection, LockedSkill, Lockfile } from "../manifest/lockfile/lockfile.js";
import { mostFrequent } from "../manifest/names/most-frequent.js";

type Members = Pick<Manifest, "collections" | "skills">;

/** The members of collections that a lockfile has, in the order of collections, then by id. */
export function lockedMembers(manifest: Members, lockfile: Lockfile): KnownMember[] {
  return manifest.collections.flatMap((collection) => {
    const entries = entriesOf(manifest, collection, lockfile);
    const rows = recordedRows(collection, entries, lockfile);
    // Without the prefix that an id had, its name is not known.
    if (rows.length > 0 && !rows.some(({ prefix }) => prefix === collection.prefix)) return [];
    return entries
      .filter((entry) => isWanted(collection, entry))
      .map(({ id, sourceSubpath }) => ({ collection, id, subpath: sourceSubpath }));
  });
}

/**
 * How the lockfile and the entry of a collection relate. `settled`: it has exactly the wanted
 * members. `changed`: it may have others, since the entry is new or was changed; they are looked up
 * in the pinned commit. `new`: it has nothing of this source.
 */
export type CollectionState = { kind: "settled" | "new" } | { kind: "changed"; commit: string | null };

/** Compares the entry of a collection with a lockfile. */
export function collectionState(
  manifest: Members,
  collection: ManifestCollection,
  lockfile: Lockfile,
): CollectionState {
  const entries = entriesOf(manifest, collection, lockfile);
  const rows = recordedRows(collection, entries, lockfile);
  if (rows.some((row) => isCovered(collection, row, entries)) || isListed(collection, entries))
    return { kind: "settled" };
  const commits = entries.map(({ resolvedCommit }) => resolvedCommit).filter((commit) => commit !== "");
  return entries.length === 0 ? { kind: "new" } : { kind: "changed", commit: mostFrequent(commits) };
}

/**
 * Why a lockfile does not have all members of the collections, as sentences. A missing `collection`
 * field of an entry is no difference.
 */
export function missingMembers(manifest: Members, lockfile: Lockfile): string[] {
  return manifest.collections
    .filter(({ enabled }) => enabled)
    .flatMap((collection): string[] => {
      const { key } = collection;
      const entries = entriesOf(manifest, collection, lockfile);
      const rows = recordedRows(collection, entries, lockfile);
      if (entries.length === 0 && rows.length === 0) return [`collection ${key} is not locked`];
      if (rows.some(({ incomplete }) => incomplete)) return [`collection ${key} is not completely locked`];
      const isRecorded = rows.some((row) => isDeepStrictEqual({ ...row }, rowOf(collection, false)));
      return isRecorded
        ? []
        : missingNames(collection, entries).map((name) => `${name} of collection ${key} is not locked`);
    });
}

/** The row of a collection in the lockfile. */
export function rowOf({ key, include, exclude, prefix }: ManifestCollection, incomplete: boolean): LockedCollection {
  return { source: key, include, exclude, prefix, incomplete };
}

/** True for a collection of all skills of its source: if it is complete, it needs no row. */
export function hasUsualGlobs({ include, exclude, prefix }: ManifestCollection): boolean {
  return include.length + exclude.length === 0 && prefix === "";
}

/** The entries of a lockfile that come from the source of a collection, whatever its globs. */
function entriesOf({ skills }: Members, collection: ManifestCollection, lockfile: Lockfile): LockedSkill[] {
  const own = new Set(skills.filter((skill) => skill.collection === undefined).map(({ id }) => id));
  return lockfile.skills.filter((entry) => !own.has(entry.id) && isFrom(collection, entry));
}

function isFrom({ key, source }: ManifestCollection, entry: LockedSkill): boolean {
  if (entry.collection !== undefined && entry.collection !== key) return false;
  const isBelow = source.subpath === "." || `${entry.sourceSubpath}/`.startsWith(`${source.subpath}/`);
  // Links in a source may lead out of the directory that is searched.
  const isThere = entry.collection !== undefined || isBelow;
  return isThere && entry.sourceRepo === source.repo && entry.sourceRef === (source.ref ?? "");
}

function isWanted(collection: ManifestCollection, entry: Pick<LockedSkill, "id" | "sourceSubpath">): boolean {
  return entry.id.startsWith(collection.prefix) && collection.wants(nameOf(collection, entry));
}

function nameOf(collection: ManifestCollection, { id, sourceSubpath }: Pick<LockedSkill, "id" | "sourceSubpath">) {
  return nameInSource(collection, { id, subpath: sourceSubpath });
}

/** The rows of a collection; a collection with all skills of its source has none of its own. */
function recordedRows(
  { key }: ManifestCollection,
  entries: readonly LockedSkill[],
  lockfile: Lockfile,
): LockedCollection[] {
  const rows = (lockfile.collections ?? []).filter(({ source }) => source === key);
  if (rows.length > 0 || !entries.some(({ collection }) => collection === key)) return rows;
  return [{ source: key, include: [], exclude: [], prefix: "", incomplete: false }];
}

/** True if what a row recorded has all skills that the globs select now. */
function isCovered(collection: ManifestCollection, row: LockedCollection, entries: readonly LockedSkill[]): boolean {
  const { include, exclude, prefix } = collection;
  if (row.incomplete || row.prefix !== prefix || !row.exclude.every((glob) => exclude.includes(glob))) return false;
  if (isDeepStrictEqual(row.include, include)) return true;
  return row.include.length === 0 && missingNames(collection, entries).length === 0;
}

/** The skills that `include` names without wildcards, and that are not locked. */
function missingNames(collection: ManifestCollection, entries: readonly LockedSkill[]): string[] {
  const named = entries.filter((entry) => isWanted(collection, entry)).map((entry) => nameOf(collection, entry));
  return collection.unmatched(named).filter((glob) => collection.names({ name: glob, path: glob }));
}

/** True if `include` has only names, and each of them is locked. */
function isListed(collection: ManifestCollection, entries: readonly LockedSkill[]): boolean {
  const { include } = collection;
  const isName = (glob: string) => collection.names({ name: glob, path: glob });
  return include.length > 0 && include.every(isName) && missingNames(collection, entries).length === 0;
}
