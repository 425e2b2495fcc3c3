import { EdenError } from "../errors.js";
import type { Manifest, ManifestCollection, ManifestSkill } from "../manifest/document/manifest.js";
import type { SkillVersion } from "../run/events.js";
import type { RunContext } from "../run/run-context.js";
import { discoverMembers, type WantedCollection } from "../source/discover-members.js";
import type { Upstream } from "./look-upstream.js";

/** What an update would add to a collection, and remove from it. */
export interface CollectionChanges {
  collection: ManifestCollection;
  /** The commit of its ref; null for a directory. */
  commit: string | null;
  /** Ids. */
  added: string[];
  removed: string[];
}

/**
 * Compares the members of collections with what their refs have now. Only collections of
 * directories, and those whose commit is not the pinned one, are looked at; a moved tag keeps its members.
 * @returns also why a collection cannot be compared, if none of its members says so.
 */
export async function collectionChanges(
  context: RunContext,
  manifest: Manifest,
  pins: ReadonlyMap<string, SkillVersion>,
  upstream: ReadonlyMap<string, Upstream>,
): Promise<{ changes: CollectionChanges[]; failures: Map<string, EdenError> }> {
  const failures = new Map<string, EdenError>();
  const wanted = manifest.collections.flatMap((collection): WantedCollection[] => {
    if (!collection.enabled) return [];
    if (collection.source.kind === "directory") return [{ collection, commit: null }];
    const members = membersOf(manifest, collection);
    const answer = members.map(({ id }) => upstream.get(id)?.answer).find((one) => one != null);
    if (answer instanceof EdenError) return [];
    const isMoved = answer !== undefined && members.some(({ id }) => pins.get(id)?.commit !== answer.commit);
    if (members.length > 0 && (!isMoved || answer.tag === true)) return [];
    return [{ collection, commit: answer?.commit ?? null }];
  });
  if (wanted.length === 0) return { changes: [], failures };
  const found = await discoverMembers(context, manifest, wanted);
  const explicit = new Set(manifest.skills.filter(({ collection }) => collection === undefined).map(({ id }) => id));
  const changes = wanted.flatMap(({ collection }): CollectionChanges[] => {
    const result = found.get(collection.index);
    if (result === undefined) return [];
    if (result instanceof EdenError) {
      failures.set(collection.key, result);
      return [];
    }
    const now = new Set(result.members.map(({ id }) => id).filter((id) => !explicit.has(id)));
    const before = new Set(membersOf(manifest, collection).map(({ id }) => id));
    const added = [...now].filter((id) => !before.has(id)).toSorted();
    return [
      { collection, commit: result.at?.commit ?? null, added, removed: [...before].filter((id) => !now.has(id)) },
    ];
  });
  return { changes, failures };
}

/** The note for a skill that a collection will get. */
export function addedMessage(key: string): string {
  return `upstream added it to collection ${key}; update installs it`;
}

/** The note for a skill that a collection will lose. */
export function droppedMessage(key: string): string {
  return `upstream removed it from collection ${key}; update removes it here`;
}

function membersOf({ skills }: Manifest, { index }: ManifestCollection): ManifestSkill[] {
  return skills.filter(({ collection }) => collection?.index === index);
}
