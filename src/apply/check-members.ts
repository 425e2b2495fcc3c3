import { posix } from "node:path";
import { EdenError } from "../errors.js";
import type { Manifest, ManifestCollection } from "../manifest/document/manifest.js";
import { nameInSource } from "../manifest/document/member-problems.js";
import type { LockedSkill, Lockfile } from "../manifest/lockfile/lockfile.js";
import type { RunContext } from "../run/run-context.js";
import { discoverMembers } from "../source/discover-members.js";
import { addressOf, forgedLockfile, lockedAddress } from "../workspace/forged-entries.js";
import { installedHere } from "../workspace/installed-here.js";

/** A locked member at a path that its collection alone does not explain. */
interface DoubtfulMember {
  entry: LockedSkill;
  collection: ManifestCollection;
}

/**
 * Looks up members in their pinned commits whose path in the lockfile is not below the directory of
 * their collection, or has another name. A link in the source may lead there; a lockfile may, too.
 * @returns why a member could not be looked up, by skill id.
 * @throws EdenError `LOCK_OUT_OF_DATE` for members that are not there.
 */
export async function checkMembers(
  context: RunContext,
  manifest: Manifest,
  lockfile: Lockfile,
  ids: ReadonlySet<string>,
): Promise<Map<string, EdenError>> {
  const unknown = new Map<string, EdenError>();
  const doubtful = doubtfulMembers(context, manifest, lockfile, ids);
  const forged: DoubtfulMember[] = [];
  for (const commit of new Set(doubtful.map(({ entry }) => entry.resolvedCommit))) {
    const members = doubtful.filter(({ entry }) => entry.resolvedCommit === commit);
    const wanted = [...new Set(members.map(({ collection }) => collection))];
    const found = await discoverMembers(
      context,
      manifest,
      wanted.map((collection) => ({ collection, commit })),
    );
    for (const member of members) {
      const { id, sourceSubpath } = member.entry;
      const result = found.get(member.collection.index);
      if (result instanceof EdenError) unknown.set(id, result);
      else if (result?.members.some((one) => one.id === id && one.subpath === sourceSubpath) !== true)
        forged.push(member);
    }
  }
  if (forged.length === 0) return unknown;
  const reasons = forged.map(
    ({ entry, collection }) =>
      `${entry.id}: it has ${lockedAddress(entry)}, which collection ${addressOf(collection.source, null)} does not have`,
  );
  throw forgedLockfile(
    reasons,
    forged.map(({ entry }) => entry.id),
  );
}

function doubtfulMembers(
  { host }: RunContext,
  manifest: Manifest,
  lockfile: Lockfile,
  ids: ReadonlySet<string>,
): DoubtfulMember[] {
  const entries = new Map(lockfile.skills.map((entry) => [entry.id, entry]));
  const doubtful = manifest.skills.flatMap(({ id, collection: member, source, enabled }): DoubtfulMember[] => {
    const entry = entries.get(id);
    const collection = manifest.collections.find(({ index }) => index === member?.index);
    if (entry === undefined || collection === undefined || source.kind !== "repository") return [];
    if (!enabled || !ids.has(id) || entry.resolvedCommit === "" || entry.sourceSubpath !== source.subpath) return [];
    const { start, name } = {
      start: collection.source.subpath,
      name: nameInSource(collection, { id, subpath: "" }).name,
    };
    const isBelow = start === "." || source.subpath === start || source.subpath.startsWith(`${start}/`);
    const isNamed = source.subpath === start || posix.basename(source.subpath) === name;
    return isBelow && isNamed ? [] : [{ entry, collection }];
  });
  if (doubtful.length === 0) return [];
  const isInstalled = installedHere(manifest, host.home);
  return doubtful.filter(({ entry }) => !isInstalled(entry));
}
