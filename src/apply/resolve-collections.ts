import { EdenError } from "../errors.js";
import type { KnownMember, Manifest, ManifestCollection } from "../manifest/document/manifest.js";
import type { Lockfile } from "../manifest/lockfile/lockfile.js";
import { errorNotice } from "../run/notice.js";
import type { RunContext } from "../run/run-context.js";
import { discoverMembers, type FoundCollection, type WantedCollection } from "../source/discover-members.js";
import { collectionState, lockedMembers } from "../workspace/locked-members.js";
import { manifestNotice } from "../workspace/notices.js";
import { withMembers } from "../workspace/with-members.js";

/**
 * The manifest with all members of its collections. A collection with the members of the lockfile
 * needs nothing; a new one is looked up at its ref, a changed one in its pinned commit, and where
 * the run moves pins, every one at its ref. What cannot be looked up is reported, and keeps the
 * members of the lockfile.
 * @throws EdenError `DUPLICATE_SKILL_ID` for a skill of two collections; the problems that the
 *   manifest has with its members; with `strict`, `EMPTY_COLLECTION`.
 */
export async function resolveCollections(
  context: RunContext,
  manifest: Manifest,
  lockfile: Lockfile,
): Promise<Manifest> {
  const { settings } = context;
  const wanted = manifest.collections
    .filter(({ enabled, groups }) => enabled && isAsked(groups, settings.groups))
    .flatMap((collection): WantedCollection[] => {
      const state = collectionState(manifest, collection, lockfile);
      if (settings.update) return [{ collection, commit: null }];
      if (state.kind === "settled") return [];
      return [{ collection, commit: state.kind === "changed" ? state.commit : null }];
    });
  if (wanted.length === 0) return manifest;
  const found = await discoverMembers(context, manifest, wanted);
  const former = formerMembers(manifest, lockfile);
  const members = manifest.collections.flatMap((collection) => {
    const result = found.get(collection.index);
    const locked = membersOf(manifest, collection, lockfile);
    if (result === undefined) return locked;
    if (result instanceof EdenError) {
      if (!context.signal.aborted && context.watchdog.breach === null)
        context.notice(failureNotice(collection, result));
      return [...locked, ...former.splice(0).map((member) => ({ ...member, collection }))];
    }
    for (const notice of result.notices) context.notice(notice);
    return currentMembers(context, { result, locked, lockfile });
  });
  const complete = manifest.collections
    .filter((one) => !(found.get(one.index) instanceof EdenError) && (one.isComplete || found.has(one.index)))
    .map(({ index }) => index);
  const completed = await withMembers(manifest, { members, complete: new Set(complete) });
  for (const warning of completed.warnings) {
    if (warning.code !== "EMPTY_COLLECTION") continue;
    context.emit(manifestNotice(warning));
    settings.warn(warning);
  }
  return completed.manifest;
}

/** True for an entry in one of the groups of the run; a run of all skills has none. */
function isAsked(own: readonly string[], asked: readonly string[]): boolean {
  return asked.length === 0 || own.some((group) => asked.includes(group));
}

/**
 * An update takes what the source has now. Otherwise locked members stay, and only others are
 * added: their pins are in the lockfile.
 */
function currentMembers(
  { settings }: RunContext,
  { result, locked, lockfile }: { result: FoundCollection; locked: readonly KnownMember[]; lockfile: Lockfile },
): KnownMember[] {
  const pinned = new Set(locked.map(({ id }) => id));
  const commits = new Map(lockfile.skills.map(({ id, resolvedCommit }) => [id, resolvedCommit]));
  const isMovedTag = result.at?.tag === true && locked.some(({ id }) => commits.get(id) !== result.at?.commit);
  // A moved tag keeps its pins, and so its members.
  if (settings.update && (!isMovedTag || settings.force))
    return result.members.map(({ commit: _commit, ...member }) => member);
  const added = result.members.filter(({ id }) => !pinned.has(id));
  return settings.update ? [...locked] : [...locked, ...added].toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

function membersOf(manifest: Manifest, { index }: ManifestCollection, lockfile: Lockfile): KnownMember[] {
  return lockedMembers(manifest, lockfile).filter(({ collection }) => collection.index === index);
}

/**
 * The members of collections that the manifest no longer has. An entry whose source, ref or subpath
 * was changed is one of these: its members stay installed as long as it is unknown what replaces
 * them.
 */
function formerMembers({ skills, collections }: Manifest, lockfile: Lockfile): Omit<KnownMember, "collection">[] {
  const [ids, keys] = [new Set(skills.map(({ id }) => id)), new Set(collections.map(({ key }) => key))];
  return lockfile.skills
    .filter(({ id, collection }) => collection !== undefined && !keys.has(collection) && !ids.has(id))
    .map(({ id, sourceSubpath }) => ({ id, subpath: sourceSubpath }));
}

function failureNotice({ key }: ManifestCollection, error: EdenError) {
  const notice = errorNotice(error, "resolve");
  return { ...notice, message: `collection ${key}: ${notice.message}` };
}
