import { isDeepStrictEqual } from "node:util";
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

function clash(id: string): SkippedEntry {
  return { id, reason: "the manifest has this collection with other settings", code: "DUPLICATE_SKILL_ID" };
}

function nameOf({ repo, ref, subpath, prefix }: NormalCollection): string {
  const place = `${repo}${typeof ref === "string" ? `#${ref}` : ""}${typeof subpath === "string" ? `//${subpath}` : ""}`;
  return typeof prefix === "string" ? `${place} ${prefix}` : place;
}
