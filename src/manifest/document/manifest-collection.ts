import { compileGlob, type NamedSkill } from "../names/glob.js";
import { readRepositorySource, type SkillSourceContext } from "../source/skill-source.js";
import type { CollectionDocument } from "./collection-schema.js";
import type { ManifestCollection } from "./manifest.js";

/** The collections of a manifest, in order; one without a usable source is left out. */
export function readCollections(
  documents: readonly CollectionDocument[],
  context: SkillSourceContext,
): ManifestCollection[] {
  return documents.flatMap((document, index) => readCollection(document, index, context) ?? []);
}

function readCollection(
  document: CollectionDocument,
  index: number,
  context: SkillSourceContext,
): ManifestCollection | null {
  const { repo, include, exclude, prefix, enabled, groups } = document;
  const source = repo === undefined ? null : readRepositorySource(repo, document, ["collections", index], context);
  if (source === null) return null;
  const [wanted, unwanted] = [include, exclude].map((globs) => globs.map(compileGlob)) as [Globs, Globs];
  return {
    key: collectionKey(source),
    index,
    source,
    include,
    exclude,
    prefix,
    enabled,
    groups,
    isComplete: false,
    wants: (skill) => (wanted.length === 0 || isAmong(wanted, skill)) && !isAmong(unwanted, skill),
    unmatched: (skills) =>
      wanted
        .filter((glob) => !skills.some((skill) => glob.matches(skill)))
        .map(({ text }) => text)
        // What is included and excluded is left out on purpose.
        .filter((text) => !isAmong(unwanted, { name: text, path: text })),
    names: (skill) =>
      isAmong(
        wanted.filter(({ isLiteral }) => isLiteral),
        skill,
      ),
  };
}

type Globs = ReturnType<typeof compileGlob>[];

function isAmong(globs: Globs, skill: NamedSkill): boolean {
  return globs.some((glob) => glob.matches(skill));
}

/** How the lockfile names a collection: `<repo>[#ref][//subpath]`. */
export function collectionKey({ repo, ref, subpath }: ManifestCollection["source"]): string {
  return `${repo}${ref === null ? "" : `#${ref}`}${subpath === "." ? "" : `//${subpath}`}`;
}
