import type { SkillVersion } from "../run/events.js";
import type { Git } from "../git/git.js";
import { EdenError, sanitize } from "../errors.js";
import { ancestryOf, type Ancestry } from "../git/ancestry.js";
import { fetchBlobs } from "../git/fetch.js";
import type { FetchOptions } from "../git/fetch-part.js";
import { discardMirror, forgetPromises, mirrorExists, mirrorOf, sweep, type Mirror } from "../git/mirror.js";
import { ObjectReader } from "../git/object-reader.js";
import type { ManifestSkill, RepositorySource } from "../manifest/document/manifest.js";
import { acquireLock } from "../system/lock.js";
import { bringContents } from "./bring-contents.js";
import { cachedSkill } from "./cached-skill.js";
import { countBytes } from "./count-bytes.js";
import { fetchWanted } from "./fetch-wanted.js";
import { listSkills } from "./list-skills.js";
import type { Fail, Resolved, WantedSkill } from "./resolve-commits.js";
import type { RefMove, SyncResult, SyncWorld } from "./sync-world.js";
import { isNoSkill } from "./trees-now.js";

/**
 * Brings every wanted skill of one repository into the store: resolve → fetch commits → list → fetch contents → materialise, one pair of
 * fetches in all, under the mirror's lock. What is already there is not asked for again.
 *
 * @returns a result for each skill id; a ref, subpath or content that is wrong fails only its own skills.
 * @throws EdenError when the repository as a whole cannot be had; the signal's reason when aborted.
 */
export async function syncRepository(
  world: SyncWorld,
  task: string,
  wanted: readonly WantedSkill[],
  signal: AbortSignal,
): Promise<Map<string, SyncResult>> {
  const source = wanted[0]?.source;
  if (source === undefined) return new Map();
  const git = await world.git(signal);
  const mirror = mirrorOf(world.storageRoot, source);
  const release = await acquireLock(mirror.lockPath, {
    clock: world.clock,
    signal,
    onWait: ({ pid }) => world.emit({ type: "waiting", at: world.clock.now(), for: sanitize(source.repo), pid }),
  });
  const received = countBytes(world, task, mirror);
  try {
    return await syncOrRebuild(world, git, mirror, source, wanted, signal);
  } catch (error) {
    sweepQuietly(mirror);
    throw error;
  } finally {
    received.end();
    release();
  }
}

/** A fetch that failed leaves half a pack: on a full disk nothing goes on until it is gone. */
function sweepQuietly(mirror: Mirror): void {
  try {
    sweep(mirror);
  } catch {
    // The next run sweeps again; the failure at hand is the one to tell.
  }
}

/** A mirror that turns out to be damaged, or that the server cannot fill in parts, is made anew, once. */
async function syncOrRebuild(
  world: SyncWorld,
  git: Git,
  mirror: Mirror,
  source: RepositorySource,
  wanted: readonly WantedSkill[],
  signal: AbortSignal,
): Promise<Map<string, SyncResult>> {
  const existed = mirrorExists(mirror);
  try {
    return await syncLocked(world, git, mirror, source, wanted, signal, false);
  } catch (error) {
    if (world.offline || !(error instanceof EdenError) || signal.aborted) throw error;
    // A damaged object database never heals: git can neither fetch into it nor repair it.
    const isDamaged = existed && ["FETCH_CORRUPT", "FILE_FAILED", "INTERNAL"].includes(error.code);
    if (!isDamaged && error.code !== ONLY_WHOLE) throw error;
    discardMirror(mirror);
    return await syncLocked(world, git, mirror, source, wanted, signal, error.code === ONLY_WHOLE);
  }
}

/** Never leaves this file: the mirror is made anew, with the contents of all files. */
const ONLY_WHOLE = "ONLY_WHOLE";

async function syncLocked(
  world: SyncWorld,
  git: Git,
  mirror: Mirror,
  source: RepositorySource,
  wanted: readonly WantedSkill[],
  signal: AbortSignal,
  whole: boolean,
): Promise<Map<string, SyncResult>> {
  const results = new Map<string, SyncResult>();
  const fail = ({ skill }: { skill: ManifestSkill }, error: EdenError) => void results.set(skill.id, { error });
  const options = { signal, stallMs: world.stallMs, whole };
  const isDone = ({ skill, ref, held, moved }: Resolved) => {
    const cached = held?.commit === ref.commit ? cachedSkill(world, skill, held) : null;
    if (cached === null) return false;
    results.set(skill.id, "synced" in cached ? { synced: { ...cached.synced, moved } } : cached);
    return true;
  };
  const { present, isFresh, fetched, hasContents } = await fetchWanted(
    world,
    git,
    mirror,
    source,
    wanted,
    options,
    fail,
    isDone,
  );
  if (present.length === 0) return results;
  const gone: (Resolved & { held: SkillVersion })[] = [];
  const isGone = (one: Resolved): one is Resolved & { held: SkillVersion } =>
    one.held !== null && one.held.commit !== one.ref.commit;
  const failListing: Fail = ({ skill }, error) => {
    const one = present.find((other) => other.skill === skill);
    if (error.code === "SUBPATH_NOT_FOUND" && one !== undefined && isGone(one)) gone.push(one);
    else fail({ skill }, error);
  };
  forgetPromises(mirror);
  const reader = new ObjectReader(git, mirror.directory, signal);
  try {
    const moves = await branchMoves(world, git, reader, present, options);
    const listed = (await listSkills(reader, present, world.limits, failListing)).filter((one) => {
      const isRemoved =
        isGone(one) &&
        isNoSkill(
          world.storageRoot,
          one.held,
          one.content.files.map(({ path }) => path),
        );
      if (isRemoved) gone.push(one);
      return !isRemoved;
    });
    const from = {
      source,
      reader,
      isEmpty: !hasContents,
      fetch: async (oids: readonly string[]) => {
        if (await fetchBlobs(git, mirror, source, oids, options)) return;
        throw new EdenError(ONLY_WHOLE, `${sanitize(source.repo)} gives out only whole commits`, { stage: "fetch" });
      },
    };
    for (const { one, marker, fetched: wasFetched } of await bringContents(world, listed, from, fail)) {
      const { tree, integrity, skillProblem } = marker;
      const isOld = !wasFetched && !fetched.has(one.ref.oid);
      const status = isOld ? "skipped" : isFresh ? "cloned" : "updated";
      const version = { commit: one.ref.commit, tree, integrity };
      results.set(one.skill.id, {
        synced: { status, version, skillProblem, moved: moves.get(one.skill.id) ?? one.moved },
      });
    }
  } finally {
    await reader.close();
  }
  if (gone.length === 0) return results;
  // What upstream removed stays at its pin.
  const pinned = gone.map((one) => ({ ...one, pin: one.held }));
  for (const [id, result] of await syncLocked(world, git, mirror, source, pinned, signal, whole)) {
    const one = gone.find(({ skill }) => skill.id === id);
    const moved: RefMove | null =
      one === undefined ? null : { what: "removed", from: one.held.commit, to: one.ref.commit };
    results.set(id, "synced" in result ? { synced: { ...result.synced, moved } } : result);
  }
  return results;
}

/** Of each skill whose branch did not go on from the pinned commit, what became of it; each pair of commits is looked at once. */
async function branchMoves(
  world: SyncWorld,
  git: Git,
  reader: ObjectReader,
  present: readonly Resolved[],
  options: FetchOptions,
): Promise<Map<string, RefMove>> {
  const known = new Map<string, Ancestry>();
  const moves = new Map<string, RefMove>();
  for (const { skill, source, ref, held } of present) {
    if (held === null || held.commit === ref.commit || ref.tag === true) continue;
    const [from, to] = [held.commit, ref.commit];
    const pair = `${from} ${to}`;
    const scratch = world.staging.next();
    const question = { commit: to, before: from, offline: world.offline };
    const ancestry = known.get(pair) ?? (await ancestryOf(git, reader, scratch, source, question, options));
    known.set(pair, ancestry);
    if (ancestry === "descends") continue;
    moves.set(skill.id, { what: ancestry === "elsewhere" ? "rewritten" : "unknown", from, to });
  }
  return moves;
}
