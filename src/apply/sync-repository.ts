import { EdenError, sanitize } from "../errors.js";
import { fetchBlobs, fetchCommits, fetchDefaultBranch } from "../git/fetch.js";
import {
  discardMirror,
  isEmpty,
  mirrorExists,
  mirrorHas,
  mirrorOf,
  openMirror,
  sweep,
  type Mirror,
} from "../git/mirror.js";
import { listObjects } from "../git/objects.js";
import type { Git } from "../git/run-git.js";
import type { ManifestSkill, RepositorySource } from "../manifest/manifest.js";
import { readyEntry, writeMarker } from "../store/marker.js";
import { formatOf } from "../store/tree-id.js";
import { acquireLock } from "../system/lock.js";
import { countBytes } from "./count-bytes.js";
import { listSkills, type ListedSkill } from "./list-skills.js";
import { materialiseSkills } from "./materialise-skills.js";
import {
  knownCommit,
  offlineMiss,
  resolveCommits,
  unique,
  type Resolved,
  type WantedSkill,
} from "./resolve-commits.js";
import type { SyncResult, SyncWorld } from "./sync-world.js";

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
    const isDamaged = existed && (error.code === "FETCH_CORRUPT" || error.code === "INTERNAL");
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

  // Nothing is known of the remote, and only its default branch is wanted: it need not be asked what that is before it is fetched.
  const isFirstLook =
    !world.offline && isEmpty(mirror) && wanted.every((one) => knownCommit(one) === null && one.source.ref === null);
  const head = isFirstLook ? await fetchDefaultBranch(git, mirror, source, options) : null;
  const resolved = await resolveCommits(
    world,
    git,
    mirror,
    source,
    wanted,
    { ...options, known: head?.ref ?? null },
    fail,
  );
  const first = resolved[0];
  if (first === undefined) return results;
  if (!world.offline && (openMirror(mirror, formatOf(first.ref.oid)) || head !== null))
    world.cloned.add(mirror.directory);
  const fresh = world.cloned.has(mirror.directory);

  const missing = new Set(resolved.filter(({ ref }) => !mirrorHas(mirror, ref.oid)).map(({ ref }) => ref.oid));
  const wasEmpty = isEmpty(mirror);
  const { failures: refused, isLazy } = world.offline
    ? { failures: new Map<string, EdenError>(), isLazy: false }
    : await fetchCommits(git, mirror, source, unique(resolved), options);
  if (head !== null) missing.add(head.ref.oid);
  const hasNoContents = head?.isLazy ?? (wasEmpty && isLazy);
  const present: Resolved[] = [];
  for (const one of resolved) {
    const failure = refused.get(one.ref.oid);
    if (failure !== undefined) fail(one, failure);
    else if (world.offline && missing.has(one.ref.oid))
      fail(one, offlineMiss(`commit ${one.ref.commit.slice(0, 12)}`, source));
    else present.push(one);
  }

  const listed = await listSkills(git, mirror.directory, present, world.limits, signal, fail);
  const needed: ListedSkill[] = [];
  const statusOf = (fetched: boolean) => (!fetched ? "skipped" : fresh ? "cloned" : "updated");
  for (const one of listed) {
    const ready = readyEntry(world.storageRoot, one.content.tree, one.skill.id);
    if (ready === null) needed.push(one);
    else {
      writeMarker(world.storageRoot, ready, one.content.origin);
      const { tree, integrity, skillProblem } = ready;
      results.set(one.skill.id, {
        synced: {
          status: statusOf(missing.has(one.ref.oid)),
          version: { commit: one.ref.commit, tree, integrity },
          skillProblem,
        },
      });
    }
  }
  if (needed.length > 0) {
    const objects = hasNoContents ? new Set<string>() : await listObjects(git, mirror.directory, signal);
    const lacking = (one: ListedSkill) =>
      one.content.files.filter(({ oid }) => !objects.has(oid)).map(({ oid }) => oid);
    const blobs = [...new Set(needed.flatMap(lacking))];
    const incomplete = new Set(needed.filter((one) => lacking(one).length > 0));
    if (world.offline) for (const one of incomplete) fail(one, offlineMiss("some of its files", source));
    else if (!(await fetchBlobs(git, mirror, source, blobs, options))) {
      throw new EdenError(ONLY_WHOLE, `${sanitize(source.repo)} gives out only whole commits`, { stage: "fetch" });
    }
    const complete = needed.filter((one) => !results.has(one.skill.id));
    for (const { one, marker } of await materialiseSkills(world, git, mirror.directory, complete, signal, fail)) {
      const { tree, integrity, skillProblem } = marker;
      const fetched = missing.has(one.ref.oid) || incomplete.has(one);
      results.set(one.skill.id, {
        synced: { status: statusOf(fetched), version: { commit: one.ref.commit, tree, integrity }, skillProblem },
      });
    }
  }
  return results;
}
