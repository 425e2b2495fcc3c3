import { EdenError, sanitize } from "../errors.js";
import type { ObjectReader } from "../git/object-reader.js";
import { readBlobs } from "../git/read-blobs.js";
import type { ManifestSkill, RepositorySource } from "../manifest/document/manifest.js";
import { linkEntry } from "../store/link-entry.js";
import { readyEntry, writeMarker, type Marker } from "../store/marker.js";
import type { ListedSkill } from "./list-skills.js";
import { offlineMiss, type Fail } from "./resolve-commits.js";
import { SkillWriters } from "./skill-writers.js";
import type { SyncWorld } from "./sync-world.js";

/** Where contents come from that the store does not have. */
export interface ContentSource {
  source: RepositorySource;
  reader: ObjectReader;
  /** True when the mirror surely has no contents: it is not even asked. */
  isEmpty: boolean;
  /** Fetches contents by object id into the mirror. */
  fetch(oids: readonly string[]): Promise<void>;
}

/** A skill that is in the store now. */
export interface BroughtSkill {
  one: ListedSkill;
  marker: Marker;
  /** True when contents of it were fetched. */
  fetched: boolean;
}

/**
 * Brings listed skills into the store. Contents come from where they cost least: an entry that is there, the same content under another
 * id, single files of any entry, the mirror, and only then the remote, in one fetch for all.
 */
export async function bringContents(
  world: SyncWorld,
  skills: readonly ListedSkill[],
  from: ContentSource,
  fail: Fail,
): Promise<BroughtSkill[]> {
  const brought: BroughtSkill[] = [];
  const firsts = new Map<string, ListedSkill>();
  const twins: ListedSkill[] = [];
  for (const one of skills) {
    const marker = await storedEntry(world, one);
    if (marker !== null) brought.push({ one, marker, fetched: false });
    else if (firsts.has(one.content.tree)) twins.push(one);
    else firsts.set(one.content.tree, one);
  }
  brought.push(...(await writeSkills(world, [...firsts.values()], from, fail)));
  const unlinked: ListedSkill[] = [];
  for (const one of twins) {
    const marker = await storedEntry(world, one);
    if (marker === null) unlinked.push(one);
    else
      brought.push({
        one,
        marker,
        fetched: brought.some((other) => other.marker.tree === marker.tree && other.fetched),
      });
  }
  // The first of them failed, or the file system has no hard links.
  brought.push(...(await writeSkills(world, unlinked, from, fail)));
  return brought;
}

/** The entry of a skill, when the store has its content; made from that of another id if need be. */
async function storedEntry(world: SyncWorld, { skill, content }: ListedSkill): Promise<Marker | null> {
  const { tree, origin } = content;
  const marker =
    readyEntry(world.storageRoot, tree, skill.id) ??
    (await linkEntry(world.storageRoot, world.staging.next(), tree, skill.id, world.window));
  if (marker !== null) await writeMarker(world.storageRoot, marker, origin);
  return marker;
}

async function writeSkills(
  world: SyncWorld,
  skills: readonly ListedSkill[],
  { source, reader, isEmpty, fetch }: ContentSource,
  fail: Fail,
): Promise<BroughtSkill[]> {
  if (skills.length === 0) return [];
  const writers = new SkillWriters(world, skills, fail);
  try {
    for (const oid of writers.wanted) {
      const content = world.stored.read(oid);
      if (content !== null && writers.accepts(oid, content.length)) await writers.take(oid, content);
    }
    const missing = isEmpty ? writers.wanted : await readBlobs(reader, writers.wanted, writers);
    const fetched: ReadonlySet<ManifestSkill> = writers.waitingFor(missing);
    if (world.offline) writers.refuse(missing, offlineMiss("some of its files", source));
    else if (missing.length > 0) {
      await fetch(missing);
      const [lost] = await readBlobs(reader, missing, writers);
      if (lost !== undefined)
        throw new EdenError("FETCH_CORRUPT", `object ${lost} of ${sanitize(source.repo)} did not arrive`, {
          stage: "materialise",
        });
    }
    return (await writers.finish()).map((written) => ({ ...written, fetched: fetched.has(written.one.skill) }));
  } finally {
    writers.dispose();
  }
}
