import type { Problem } from "../errors.js";
import type { KnownMember, Manifest, ManifestCollection } from "../manifest/document/manifest.js";
import type { DiscoveredSkill } from "../source/discovery.js";
import { currentHost } from "../system/host.js";
import { interpretEdited } from "../workspace/edit-manifest.js";
import type { ManifestPlace } from "../workspace/manifest-place.js";
import { readLockfile } from "../workspace/read-lockfile.js";
import { membersIn, withMembers } from "../workspace/with-members.js";
import type { RunOptions } from "../run/options.js";
import type { Wanted } from "./add-to-manifest.js";

/**
 * The manifest of a new text. Its collections of the source have the members of the lockfile, and
 * the skills that were found in the source.
 * @throws EdenError if it would be invalid.
 */
export async function editedManifest(
  options: Pick<RunOptions, "strict" | "host">,
  { manifest: before, mark }: ManifestPlace,
  { text, source, ids }: Pick<Wanted, "text" | "source" | "ids">,
  found: readonly DiscoveredSkill[],
): Promise<{ manifest: Manifest; warnings: Problem[] }> {
  const edited = await interpretEdited(`${mark}${text}`, before.path, options);
  const { manifest } = edited;
  const isFrom = (one: ManifestCollection) =>
    one.source.repo === source.repo && one.source.ref === (source.ref ?? null) && one.prefix === "";
  const collections = manifest.collections.filter(isFrom);
  if (collections.length === 0) return edited;
  const known = membersIn(manifest, readLockfile(manifest, (options.host ?? currentHost()).home).lockfile);
  const locked = new Set(known.members.map(({ id }) => id));
  const wanted = found.filter(({ id }) => !locked.has(id) && (ids.includes(id) || source.siblings.includes(id)));
  const members = collections.flatMap((collection) =>
    wanted
      .filter(({ id, path }) => collection.wants({ name: id, path }))
      .map(({ id, path }): KnownMember => ({ collection, id, subpath: path })),
  );
  const all = [...known.members, ...members];
  // All of the source, or exactly the skills that `include` names.
  const isComplete = ({ index, include }: ManifestCollection) => {
    const own = all.filter(({ collection }) => collection.index === index);
    return source.isAll || include.length === own.length;
  };
  const complete = new Set([...known.complete, ...collections.filter(isComplete).map(({ index }) => index)]);
  return await withMembers(manifest, { members: all, complete });
}
