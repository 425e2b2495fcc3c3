import { isDeepStrictEqual } from "node:util";
import { EdenError } from "../errors.js";
import {
  compactManifest,
  type CompactScope,
  type SharedSource,
  type SourceContent,
} from "../manifest/compact/compact-manifest.js";
import type { KnownMember, Manifest, ManifestCollection, ManifestSkill } from "../manifest/document/manifest.js";
import { cannotEdit } from "../manifest/edit/edit-skills.js";
import type { RunOptions } from "../run/options.js";
import type { RunContext } from "../run/run-context.js";
import { discoverMembers, type WantedCollection } from "../source/discover-members.js";
import { interpretEdited } from "../workspace/edit-manifest.js";
import { mostFrequent } from "../manifest/names/most-frequent.js";
import { pinsOf } from "../workspace/pins.js";
import { readLockfile } from "../workspace/read-lockfile.js";
import { withMembers, type FoundMembers } from "../workspace/with-members.js";

/** What sources have, by `keyOfShared`. */
export type FoundSources = ReadonlyMap<string, SourceContent | EdenError>;

/**
 * The text of a manifest in its short form, checked to have the same skills.
 * @param found a source that could not be read keeps its entries.
 * @throws EdenError `INVALID_TOML` for a manifest that cannot be edited.
 */
export async function compactChecked(
  options: Pick<RunOptions, "strict" | "host">,
  { text, manifest, found, scope }: { text: string; manifest: Manifest; found: FoundSources; scope: CompactScope },
): Promise<string> {
  const contentOf = (source: SharedSource) => {
    const content = found.get(keyOfShared(source));
    return content === undefined || content instanceof EdenError ? null : content;
  };
  const after = compactManifest(text, contentOf, scope);
  const { manifest: changed } = await interpretEdited(after, manifest.path, options);
  const expanded = await withMembers(changed, membersFound(changed, contentOf));
  const [now, before] = [expanded.manifest, manifest].map(({ skills }) => skills.map(comparable).toSorted());
  if (!isDeepStrictEqual(now, before)) throw cannotEdit();
  return after;
}

/**
 * What the sources have in the commit that most of their skills are pinned to; in that of the ref
 * without a pin.
 */
export async function lookAtSources(
  context: RunContext,
  manifest: Manifest,
  sources: readonly SharedSource[],
): Promise<Map<string, SourceContent | EdenError>> {
  const pins = pinsOf(manifest, readLockfile(manifest, context.host.home).lockfile);
  const wanted = sources.flatMap((source, index): WantedCollection[] => {
    const skills = manifest.skills.filter(({ id }) => source.ids.includes(id));
    const from = skills[0]?.source;
    if (from === undefined || from.kind === "registry") return [];
    const commits = skills.flatMap(({ id }) => pins.get(id)?.commit ?? []);
    return [{ collection: everythingOf(from, index), commit: mostFrequent(commits) }];
  });
  const found = await discoverMembers(context, manifest, wanted);
  return new Map(
    wanted.flatMap(({ collection: { index }, commit }): [string, SourceContent | EdenError][] => {
      const [source, result] = [sources[index], found.get(index)];
      if (source === undefined || result === undefined) return [];
      if (result instanceof EdenError) return [[keyOfShared(source), result]];
      const isPinned = source.ids.every((id) => (pins.get(id)?.commit ?? null) === commit);
      const skills = result.members.map(({ id, subpath }) => ({ id, path: subpath }));
      return [[keyOfShared(source), { skills, isPinned }]];
    }),
  );
}

/** A collection of all skills of a source. */
function everythingOf(source: ManifestCollection["source"], index: number): ManifestCollection {
  return {
    key: source.repo,
    index,
    source: { ...source, subpath: "." },
    include: [],
    exclude: [],
    prefix: "",
    enabled: true,
    groups: [],
    isComplete: false,
    wants: () => true,
    names: () => false,
    unmatched: () => [],
  };
}

/** The members of collections that were found in their sources. */
function membersFound(
  { collections, skills }: Manifest,
  contentOf: (source: SharedSource) => SourceContent | null,
): FoundMembers {
  const members = collections.flatMap((collection): KnownMember[] => {
    const { repo, ref } = collection.source;
    const known = skills.filter((skill) => skill.collection?.index === collection.index);
    const found = [false, true].flatMap(
      (allowInsecure) => contentOf({ repo, ref, allowInsecure, ids: [] })?.skills ?? [],
    );
    const added = found.filter(({ id, path }) => collection.wants({ name: id, path }));
    return [
      ...known.map(({ id, source }) => ({ collection, id, subpath: "subpath" in source ? source.subpath : "." })),
      ...added
        .filter(({ id }) => !known.some((skill) => skill.id === id))
        .map(({ id, path }) => ({ collection, id, subpath: path })),
    ];
  });
  return { members, complete: new Set() };
}

/** A skill without its position, as a text. */
function comparable({ index: _index, collection: _collection, targets, source, ...skill }: ManifestSkill): string {
  const sorted = targets.map((target) => JSON.stringify({ ...target, agents: target.agents.toSorted() })).toSorted();
  return JSON.stringify({ ...skill, source, targets: sorted });
}

/** A key of a source. */
export function keyOfShared({ repo, ref, allowInsecure }: Omit<SharedSource, "ids">): string {
  return JSON.stringify([repo, ref, allowInsecure]);
}
