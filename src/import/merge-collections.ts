import { isDeepStrictEqual } from "node:util";
import { EdenError } from "../errors.js";
import { appendCollections, removeCollection } from "../manifest/edit/edit-collections.js";
import type { NormalCollection } from "../manifest/edit/normal-manifest.js";
import { alreadyThere, type SkippedEntry } from "./skipped-entry.js";

/** A manifest's text with the collections of another one. */
export interface MergedCollections {
  text: string;
  /** The imported ones, as the lockfile names them. */
  imported: string[];
  skipped: SkippedEntry[];
}

/**
 * Appends collections to the text of a manifest.
 * @param known those that it has.
 * @param replace its collections become exactly the incoming ones; otherwise its own stay.
 */
export async function mergeCollections(
  manifest: string,
  known: readonly NormalCollection[],
  incoming: readonly NormalCollection[],
  replace: boolean,
): Promise<MergedCollections> {
  const skipped: SkippedEntry[] = [];
  const added = incoming.filter((one) => {
    const other = known.find((old) => nameOf(old) === nameOf(one));
    if (other === undefined || (replace && !isDeepStrictEqual(other, one))) return true;
    skipped.push(isDeepStrictEqual(other, one) ? alreadyThere(nameOf(one)) : clash(nameOf(one)));
    return false;
  });
  let text = manifest;
  const isGone = (old: NormalCollection) => replace && !incoming.some((one) => isDeepStrictEqual(one, old));
  for (const [index, old] of [...known.entries()].toReversed())
    if (isGone(old)) text = await removeCollection(text, index);
  return { text: await appendCollections(text, added), imported: added.map(nameOf), skipped };
}

/**
 * The collections that are valid in a manifest; the others are added to `skipped`.
 * @param head the manifest's text without skills and collections.
 * @param read reads a text. It throws the problems of an invalid one.
 */
export async function validCollections(
  head: string,
  incoming: readonly NormalCollection[],
  read: (text: string) => Promise<unknown>,
  skipped: SkippedEntry[],
): Promise<NormalCollection[]> {
  const valid: NormalCollection[] = [];
  for (const one of incoming) {
    try {
      await read(await appendCollections(head, [one]));
      valid.push(one);
    } catch (error) {
      const problems = error instanceof EdenError ? (error.facts.problems ?? []) : [];
      const problem = problems.find(({ path }) => path.startsWith("collections["));
      if (problem === undefined) throw error;
      skipped.push({ id: nameOf(one), reason: problem.message, code: problem.code });
    }
  }
  return valid;
}

function clash(id: string): SkippedEntry {
  return { id, reason: "the manifest has this collection with other settings", code: "DUPLICATE_SKILL_ID" };
}

function nameOf({ repo, ref, subpath, prefix }: NormalCollection): string {
  const place = `${repo}${typeof ref === "string" ? `#${ref}` : ""}${typeof subpath === "string" ? `//${subpath}` : ""}`;
  return typeof prefix === "string" ? `${place} ${prefix}` : place;
}
