import { readManifestDocument } from "../manifest/document/manifest-schema.js";
import type { TargetDocument } from "../manifest/document/manifest.js";
import { areSameTargets } from "../manifest/edit/default-targets.js";
import { appendCollections, changeGlobs } from "../manifest/edit/edit-collections.js";
import { appendSkills, documentOf } from "../manifest/edit/edit-skills.js";
import { collectionTable, skillTable, type SkillDraft, type TargetDraft } from "../manifest/edit/skill-draft.js";
import { takeSkills } from "../manifest/edit/take-skills.js";
import { compileGlob, type Glob } from "../manifest/names/glob.js";
import { literalGlob } from "../manifest/names/glob-text.js";
import type { DiscoveredSkill } from "../source/discovery.js";

/** New skills of one source, and how they are to be installed. */
export interface Addition {
  /** All skills of the source; those that are not new are left out if the whole source is wanted. */
  found: readonly DiscoveredSkill[];
  fresh: readonly DiscoveredSkill[];
  /** True if the whole source is wanted. */
  isAll: boolean;
  /** As in the manifest; `subpath` is the directory that was searched. */
  source: { repo: string; ref?: string; subpath?: string };
  targets: readonly TargetDraft[];
  mode?: "copy";
}

/**
 * The text of a manifest with new skills in its shortest form: one skill is an entry of its own;
 * the whole source, several skills, or one more of the same source are a collection.
 * @throws EdenError `INVALID_TOML`.
 */
export async function addSkills(manifest: string, addition: Addition): Promise<string> {
  const { fresh, isAll, source, targets, mode } = addition;
  if (fresh.length === 0) return manifest;
  const index = collectionOf(manifest, addition);
  const names = fresh.map(({ id }) => id);
  const table = (globs: { include?: readonly string[]; exclude?: readonly string[] }) =>
    collectionTable({ ...source, ...globs, ...(mode !== undefined && { mode }), targets });
  if (isAll && (index !== -1 || !isOneSkill(addition))) {
    const members = index === -1 ? [] : globsOf(manifest, index, "include").map(compileGlob);
    const exclude = leftOut(addition, members);
    if (index === -1) return await appendCollections(manifest, [table({ exclude })]);
    const all = await changeGlobs(manifest, index, "exclude", { add: exclude, remove: names });
    return await changeGlobs(all, index, "include", { remove: globsOf(manifest, index, "include") });
  }
  if (!names.every((name) => isUnique(addition, name))) return await appendEach(manifest, addition);
  if (index !== -1) {
    const again = await changeGlobs(manifest, index, "exclude", { remove: names });
    return globsOf(manifest, index, "include").length === 0
      ? again
      : await changeGlobs(again, index, "include", { add: names });
  }
  const siblings = siblingsOf(manifest, addition);
  if (fresh.length + siblings.length < 2) return await appendEach(manifest, addition);
  const taken = await takeSkills(
    manifest,
    siblings.map(({ at }) => at),
  );
  const include = [...siblings.map(({ id }) => id), ...names];
  return await appendCollections(taken.text, [table({ include })], taken.comments);
}

/** True if the searched directory is the skill. */
function isOneSkill({ found, source }: Addition): boolean {
  return found.length === 1 && found[0]?.path === (source.subpath ?? ".");
}

/** Each skill as an entry of its own. */
async function appendEach(manifest: string, { fresh, source, targets, mode }: Addition): Promise<string> {
  const drafts = fresh.map(({ id, path }): SkillDraft => {
    const { repo, ref } = source;
    const place = { repo, ...(ref !== undefined && { ref }), ...(path !== "." && { subpath: path }) };
    return { id, source: place, targets, ...(mode !== undefined && { mode }) };
  });
  return await appendSkills(manifest, drafts.map(skillTable));
}

/** The position of a collection that may get these skills, or -1. */
function collectionOf(manifest: string, { source, targets, mode }: Addition): number {
  const { collections, defaults } = readManifestDocument(documentOf(manifest)).document;
  return collections.findIndex(
    (one) =>
      one.repo === source.repo &&
      one.ref === source.ref &&
      (one.subpath ?? ".") === (source.subpath ?? ".") &&
      one.prefix === "" &&
      one.enabled &&
      (one.mode ?? defaults.mode) === (mode ?? defaults.mode) &&
      areSameTargets(one.targets ?? defaults.targets ?? [], targets),
  );
}

function globsOf(manifest: string, index: number, key: "include" | "exclude"): string[] {
  return readManifestDocument(documentOf(manifest)).document.collections[index]?.[key] ?? [];
}

/** Names of skills of the source that are neither installed with it nor members of its collection. */
function leftOut({ found, fresh }: Addition, members: readonly Glob[]): string[] {
  const wanted = new Set(fresh.map(({ id }) => id));
  const isMember = ({ id, path }: DiscoveredSkill) => members.some((glob) => glob.matches({ name: id, path }));
  const left = found.filter((skill) => !wanted.has(skill.id) && !isMember(skill));
  return [...new Set(left.map(({ id }) => id))];
}

function isUnique({ found }: Addition, name: string): boolean {
  return literalGlob(name) && found.filter(({ id }) => id === name).length === 1;
}

/** Entries of the same source that say nothing else, so that a collection can replace them. */
function siblingsOf(manifest: string, addition: Addition): { at: number; id: string }[] {
  const { found, source, targets, mode } = addition;
  const document = documentOf(manifest);
  const { skills, defaults } = readManifestDocument(documentOf(manifest)).document;
  const tables = document["skills"] as Record<string, unknown>[];
  const isPlain = (at: number) =>
    Object.keys(tables[at] ?? {}).every((key) => ["id", "source", "targets"].includes(key));
  const hasTargets = (own: TargetDocument[] | undefined) => areSameTargets(own ?? defaults.targets ?? [], targets);
  return skills.flatMap(({ id, source: from, targets: own }, at) => {
    const isSame = from.repo === source.repo && from.ref === source.ref && !from.allow_insecure;
    const one = found.find((skill) => skill.id === id && skill.path === (from.subpath ?? "."));
    const fits = isSame && one !== undefined && mode === undefined && isPlain(at) && hasTargets(own);
    return fits && isUnique(addition, one.id) ? [{ at, id: one.id }] : [];
  });
}
