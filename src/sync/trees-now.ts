import type { SkillVersion } from "../run/events.js";
import type { Git } from "../git/git.js";
import type { EdenError } from "../errors.js";
import { fetchCommits } from "../git/fetch.js";
import type { FetchOptions } from "../git/fetch-part.js";
import { listTrees } from "../git/list-trees.js";
import { forgetPromises, mirrorOf, openMirror, sweep, type ResolvedRef } from "../git/mirror.js";
import { ObjectReader } from "../git/object-reader.js";
import type { RepositorySource, SkillLimits } from "../manifest/document/manifest.js";
import { hasOrigin, NO_SKILL_FILE, readMarker } from "../store/marker.js";
import { formatOf } from "../manifest/names/object-id.js";
import type { Clock } from "../system/clock.js";
import { acquireLock } from "../system/lock.js";

/** What a commit has of a skill: a tree; nothing, since it was removed; or it could not be learnt. */
export type TreeNow = { tree: string } | { removed: true } | { error: EdenError };

/** A skill whose commit is not the pinned one. */
export interface MovedSkill {
  id: string;
  source: RepositorySource;
  ref: ResolvedRef;
  pin: SkillVersion;
}

/** What looking at trees needs to know. */
export interface TreesWorld {
  clock: Clock;
  storageRoot: string;
  limits: SkillLimits;
  git(): Promise<Git>;
}

/**
 * What new commits of one repository have of skills. What the store knows of a commit is believed; otherwise commits and trees are fetched into the
 * mirror, where an update finds them, and no file contents.
 * @throws EdenError when the repository as a whole cannot be had; the signal's reason when aborted.
 */
export async function treesNow(
  world: TreesWorld,
  skills: readonly MovedSkill[],
  options: Pick<FetchOptions, "signal" | "stallMs">,
): Promise<Map<string, TreeNow>> {
  const known = new Map<string, TreeNow>();
  for (const { id, source, ref, pin } of skills) {
    const marker = readMarker(world.storageRoot, pin.tree);
    const origin = { repository: source.key, commit: ref.commit, subpath: source.subpath };
    if (marker !== null && hasOrigin(marker, origin)) known.set(id, { tree: pin.tree });
  }
  const open = skills.filter(({ id }) => !known.has(id));
  const [first] = open;
  if (first === undefined) return known;
  const git = await world.git();
  const mirror = mirrorOf(world.storageRoot, first.source);
  const release = await acquireLock(mirror.lockPath, { clock: world.clock, signal: options.signal });
  const reader = new ObjectReader(git, mirror.directory, options.signal);
  try {
    openMirror(mirror, formatOf(first.ref.oid));
    const refs = [...new Map(open.map(({ ref }) => [ref.oid, ref])).values()];
    const { failures } = await fetchCommits(git, mirror, first.source, refs, { ...options, withoutFiles: true });
    forgetPromises(mirror);
    for (const { id, ref } of open) {
      const error = failures.get(ref.oid);
      if (error !== undefined) known.set(id, { error });
    }
    await listOpen(world, reader, open, known);
  } finally {
    await reader.close();
    sweep(mirror);
    release();
  }
  return known;
}

async function listOpen(
  { storageRoot, limits }: TreesWorld,
  reader: ObjectReader,
  skills: readonly MovedSkill[],
  known: Map<string, TreeNow>,
): Promise<void> {
  const open = skills.filter(({ id }) => !known.has(id));
  const places = open.map(({ ref, source }) => ({ commit: ref.commit, subpath: source.subpath }));
  const listings = await listTrees(reader, places, 2 * limits.maxFiles + 1000);
  for (const [index, { id, pin }] of open.entries()) {
    const listing = listings[index] ?? { problem: "absent" };
    if ("problem" in listing) known.set(id, listing.problem === "too many" ? { tree: "" } : { removed: true });
    else {
      const paths = listing.entries.map(({ path }) => path.toString("latin1"));
      known.set(id, isNoSkill(storageRoot, pin, paths) ? { removed: true } : { tree: listing.tree });
    }
  }
}

/** True when these files are no skill, and what was pinned was one. */
export function isNoSkill(storageRoot: string, pin: SkillVersion, paths: readonly string[]): boolean {
  if (paths.some((path) => path.toLowerCase() === "skill.md")) return false;
  return readMarker(storageRoot, pin.tree)?.skillProblem?.startsWith(NO_SKILL_FILE) !== true;
}
