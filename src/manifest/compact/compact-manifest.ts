import { readManifestDocument, type ManifestDocument } from "../document/manifest-schema.js";
import type { SkillDocument } from "../document/skill-schema.js";
import type { TargetDocument } from "../document/manifest.js";
import { areSameTargets, keyOfTarget } from "../edit/default-targets.js";
import { cannotEdit, documentOf } from "../edit/edit-skills.js";
import { normalManifest, type NormalSkill } from "../edit/normal-manifest.js";
import { collectionTable, draftOf, sourceValue, targetValue } from "../edit/skill-draft.js";
import type { TomlTable } from "../edit/toml-lines.js";
import { literalGlob } from "../names/glob-text.js";
import { compactText } from "./compact-text.js";

/** A source of several skills. */
export interface SharedSource {
  repo: string;
  /** Null for the default branch. */
  ref: string | null;
  allowInsecure: boolean;
  /** Ids of the skills that come from it. */
  ids: string[];
}

/** What a source has. */
export interface SourceContent {
  skills: readonly { id: string; path: string }[];
  /** False if some skills are pinned to another commit than the one that was looked at. */
  isPinned: boolean;
}

/** A part of a manifest that is compacted. */
export interface CompactScope {
  /** Only these skills become members of collections, and nothing else changes; absent for all. */
  ids?: ReadonlySet<string>;
  /** The least skills of a collection. */
  least: number;
}

/** Every skill; two of one source are a collection. */
export const EVERYTHING: CompactScope = { least: 2 };

/** The sources of a manifest that have several skills. */
export function sharedSources(manifest: string, { ids: wanted, least }: CompactScope): SharedSource[] {
  const sources = new Map<string, SharedSource>();
  for (const { id, name, source } of readManifestDocument(documentOf(manifest)).document.skills) {
    const { repo, ref = null, allow_insecure: allowInsecure } = source;
    if (repo === undefined || wanted?.has(id ?? name ?? "") === false) continue;
    const key = keyOfSource(source);
    const known = sources.get(key) ?? { repo, ref, allowInsecure, ids: [] };
    sources.set(key, known);
    known.ids.push(id ?? name ?? "");
  }
  return [...sources.values()].filter(({ ids }) => ids.length >= least);
}

/**
 * The text of a manifest in its short form: skills of one source are a collection, other skills
 * have their source in one string, and targets that most of them have are the default ones. Its
 * skills stay the same; comments stay.
 * @param contentOf what a source has; null if that is not known.
 * @throws EdenError `INVALID_TOML` for a manifest that cannot be edited.
 */
export function compactManifest(
  manifest: string,
  contentOf: (source: SharedSource) => SourceContent | null,
  scope: CompactScope = EVERYTHING,
): string {
  const { document } = readManifestDocument(documentOf(manifest));
  const normal = normalManifest(documentOf(manifest)).skills ?? [];
  if (normal.length !== document.skills.length) throw cannotEdit();
  const defaults = defaultsFor(document, scope);
  const entries = document.skills.map((skill, index): Entry => {
    const targets = (skill.targets ?? document.defaults.targets ?? []).map((target) => plainTarget(target, document));
    return { index, id: skill.id ?? skill.name ?? "", skill, normal: normal[index] as NormalSkill, targets };
  });
  const collections = sharedSources(manifest, scope).flatMap((source) => {
    const content = contentOf(source);
    const groups = content === null ? [] : groupsOf(entries, source, content, defaults);
    return groups.filter(({ members }) => members.length >= scope.least);
  });
  const grouped = new Set(collections.flatMap(({ members }) => members));
  const skills = entries
    .filter(({ index }) => !grouped.has(index))
    .map((entry) => ({
      index: entry.index,
      table: scope.ids === undefined ? shortSkill(entry, defaults) : null,
    }));
  const isNew = document.defaults.targets === undefined && defaults.length > 0;
  return compactText(manifest, {
    defaultTargets: isNew ? defaults.map((target) => targetValue(draftOf(target))) : null,
    collections,
    skills,
  });
}

/** A skill of the manifest. */
interface Entry {
  index: number;
  id: string;
  skill: SkillDocument;
  normal: NormalSkill;
  /** Those of the skill, or the default ones. */
  targets: TargetDocument[];
}

/** The default targets of the short form: the existing ones, else those that most skills have. */
function defaultsFor(document: ManifestDocument, { ids }: CompactScope): TargetDocument[] {
  if (document.defaults.targets !== undefined || ids !== undefined)
    return (document.defaults.targets ?? []).map((target) => plainTarget(target, document));
  const counts = new Map<string, { targets: TargetDocument[]; count: number }>();
  for (const { targets = [] } of document.skills) {
    const plain = targets.map((target) => plainTarget(target, document));
    const key = plain.map(keyOfTarget).toSorted().join(" ");
    const known = counts.get(key) ?? { targets: plain, count: 0 };
    counts.set(key, { ...known, count: known.count + 1 });
  }
  const [most] = [...counts.values()].toSorted((a, b) => b.count - a.count);
  return most !== undefined && most.count > 2 ? most.targets : [];
}

/** A target without the scope that it has anyway. */
function plainTarget({ scope, ...target }: TargetDocument, document: ManifestDocument): TargetDocument {
  return scope === undefined || scope === document.scope ? target : { ...target, scope };
}

/** The collections of one source: one for each combination of settings. */
function groupsOf(
  entries: readonly Entry[],
  source: SharedSource,
  { skills, isPinned }: SourceContent,
  defaults: readonly TargetDocument[],
): { members: number[]; table: TomlTable }[] {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const same = skills.filter(({ id }) => id === entry.id);
    const isFound = same.length === 1 && same[0]?.path === (entry.skill.source.subpath ?? ".");
    if (!source.ids.includes(entry.id) || !isFrom(entry, source) || !isFound || !literalGlob(entry.id)) continue;
    const key = JSON.stringify([settingsOf(entry), entry.targets.map(keyOfTarget).toSorted()]);
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  // Without globs, a collection has everything that no entry replaces: that can be only one of them.
  const others = new Set(entries.map(({ id }) => id));
  const isWhole = isPinned && groups.size === 1 && skills.every(({ id }) => others.has(id));
  return [...groups.values()]
    .filter((group) => group.length > 1)
    .map((group) => {
      const [first] = group as [Entry, ...Entry[]];
      const names = group.map(({ id }) => id).toSorted();
      return {
        members: group.map(({ index }) => index),
        table: {
          ...collectionTable({
            repo: source.repo,
            ...(source.ref !== null && { ref: source.ref }),
            ...(isWhole ? {} : { include: names }),
            targets: areSameTargets(first.targets, defaults) ? [] : first.targets.map(draftOf),
          }),
          ...(source.allowInsecure && { allow_insecure: true }),
          ...settingsOf(first),
        },
      };
    });
}

function isFrom({ skill }: Entry, { repo, ref, allowInsecure }: SharedSource): boolean {
  const { source } = skill;
  return source.repo === repo && (source.ref ?? null) === ref && source.allow_insecure === allowInsecure;
}

/** What an entry says besides its id, source and targets. */
function settingsOf({ normal }: Entry): TomlTable {
  const { id: _id, source: _source, targets: _targets, install, ...rest } = normal;
  return { ...rest, mode: install?.mode };
}

/** The table of a skill in its short form. */
function shortSkill({ skill, normal, targets }: Entry, defaults: readonly TargetDocument[]): TomlTable {
  const { id, source, targets: _, ...rest } = normal;
  const { repo, ref, subpath, allow_insecure: allowInsecure } = skill.source;
  const short =
    source === undefined || repo === undefined
      ? undefined
      : sourceValue({
          repo,
          ...(ref !== undefined && { ref }),
          ...(subpath !== undefined && { subpath }),
          ...(allowInsecure && { allowInsecure }),
        });
  const own = areSameTargets(targets, defaults) ? undefined : targets.map((target) => targetValue(draftOf(target)));
  return { id, source: short, ...rest, targets: own };
}

function keyOfSource({ repo, ref, allow_insecure }: SkillDocument["source"]): string {
  return JSON.stringify([repo, ref ?? null, allow_insecure]);
}
