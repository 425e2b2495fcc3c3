import type { Repository } from "../git/repository.js";
import { offlineMiss } from "../git/offline-miss.js";
import type { ManifestSkill } from "../manifest/document/manifest.js";
import type { Marker } from "../store/marker.js";
import type { ListedSkill } from "./list-skills.js";
import type { Fail } from "./resolve-commits.js";
import { reportActivity } from "./report-activity.js";
import { SkillWriters } from "./skill-writers.js";
import type { Sync } from "./sync.js";

/** A skill that is in the store now. */
export interface BroughtSkill {
  one: ListedSkill;
  marker: Marker;
  /** True when contents of it were fetched. */
  fetched: boolean;
}

/**
 * Brings listed skills into the store. Contents come from the cheapest place: an entry that is
 * there, the same content under another id, single files of any entry, the mirror, and only then
 * the remote, in one fetch for all.
 */
export async function bringContents(
  sync: Sync,
  repository: Repository,
  skills: readonly ListedSkill[],
  fail: Fail,
): Promise<BroughtSkill[]> {
  const brought: BroughtSkill[] = [];
  const firsts = new Map<string, ListedSkill>();
  const twins: ListedSkill[] = [];
  for (const one of skills) {
    const marker = await storedEntry(sync, one);
    if (marker !== null) brought.push({ one, marker, fetched: false });
    else if (firsts.has(one.content.tree)) twins.push(one);
    else firsts.set(one.content.tree, one);
  }
  brought.push(...(await writeSkills(sync, repository, [...firsts.values()], fail)));
  const unlinked: ListedSkill[] = [];
  for (const one of twins) {
    const marker = await storedEntry(sync, one);
    if (marker === null) unlinked.push(one);
    else {
      const fetched = brought.some((other) => other.marker.tree === marker.tree && other.fetched);
      brought.push({ one, marker, fetched });
    }
  }
  // The first of them failed, or the file system has no hard links.
  brought.push(...(await writeSkills(sync, repository, unlinked, fail)));
  return brought;
}

/** The marker of a skill whose content the store has, if need be under another id. */
async function storedEntry({ writer }: Sync, { skill, content }: ListedSkill): Promise<Marker | null> {
  const { tree, origin } = content;
  const marker = await writer.findOrLink(tree, skill.id);
  if (marker !== null) await writer.store.writeMarker(marker, origin);
  return marker;
}

async function writeSkills(
  sync: Sync,
  repository: Repository,
  skills: readonly ListedSkill[],
  fail: Fail,
): Promise<BroughtSkill[]> {
  if (skills.length === 0) return [];
  const writers = new SkillWriters(sync, skills, fail);
  try {
    for (const oid of writers.wanted) {
      const content = sync.writer.content(oid);
      if (content !== null && writers.accepts(oid, content.length)) await writers.take(oid, content);
    }
    const missing = await repository.read(writers.wanted, writers);
    const fetched: ReadonlySet<ManifestSkill> = writers.waitingFor(missing);
    if (repository.isOffline) writers.refuse(missing, offlineMiss("a part of the content", repository.source));
    else if (missing.length > 0) {
      reportActivity(sync, repository, "fetching");
      await repository.fetchContents(missing, writers);
    }
    return (await writers.finish()).map((written) => ({ ...written, fetched: fetched.has(written.one.skill) }));
  } finally {
    await writers.dispose();
  }
}
