import type { EdenError } from "../errors.js";
import type { Ancestry } from "../git/ancestry.js";
import type { Repository } from "../git/repository.js";
import type { SkillVersion } from "../run/events.js";
import { attemptOf } from "../run/repository-task.js";
import { bringContents, type BroughtSkill } from "./bring-contents.js";
import { cachedSkill } from "./cached-skill.js";
import { isNoSkill } from "./is-no-skill.js";
import { listSkills, type ListedSkill } from "./list-skills.js";
import {
  contentsFor,
  knownCommit,
  questionOf,
  resolveCommits,
  type Fail,
  type Resolved,
  type WantedSkill,
} from "./resolve-commits.js";
import { lacksFacts, recordCommit } from "../policy/commit-rules.js";
import { reportActivity } from "./report-activity.js";
import type { Sync } from "./sync.js";
import type { RefMove, SyncResult } from "./sync-result.js";

/**
 * Brings every wanted skill of one repository into the store: resolve → fetch commits → list →
 * fetch contents → materialise, with at most two fetches. What is already there is not asked for
 * again.
 *
 * @returns a result for each skill id; a ref, subpath or content that is wrong fails only its own
 *   skills.
 * @throws EdenError when the repository as a whole cannot be fetched; the signal's reason when
 *   aborted.
 */
export async function syncRepository(
  sync: Sync,
  task: string,
  wanted: readonly WantedSkill[],
  signal: AbortSignal,
): Promise<Map<string, SyncResult>> {
  const brought = await fromRemoteStore(sync, wanted, signal);
  const others = wanted.filter(({ skill }) => !brought.has(skill.id));
  const source = others[0]?.source;
  if (source === undefined) return brought;
  const still = await unmoved(sync, others, signal);
  if (still !== null) return new Map([...brought, ...still]);
  return await sync.repositories.open(source, attemptOf(sync.context, task, signal), async (repository) => {
    return new Map([...brought, ...(await syncSkills(sync, repository, others, signal))]);
  });
}

/** The results of locked skills that the remote store has; it is loaded only if there is one. */
async function fromRemoteStore(
  sync: Sync,
  wanted: readonly WantedSkill[],
  signal: AbortSignal,
): Promise<Map<string, SyncResult>> {
  const locked = wanted.filter(({ pin }) => pin !== null);
  if (sync.remoteStore === null || locked.length === 0) return new Map();
  const remote = await import("./from-remote-store.js");
  return await remote.fromRemoteStore(sync, sync.remoteStore, locked, signal);
}

/**
 * The results if no ref has moved since the pins were made, known without the lock of the mirror;
 * else null.
 */
async function unmoved(
  sync: Sync,
  wanted: readonly WantedSkill[],
  signal: AbortSignal,
): Promise<Map<string, SyncResult> | null> {
  const [question] = questionOf(wanted);
  if (question === undefined || wanted.some(({ held }) => held === null)) return null;
  const answers = await sync.repositories.resolvedAhead(question, signal);
  if (answers === null) return null;
  const results = new Map<string, SyncResult>();
  for (const one of wanted) {
    const commit = knownCommit(one);
    const ref = commit === null ? answers.get(one.source.ref) : { oid: commit, commit };
    const result = ref === undefined ? null : unchanged(sync, { ...one, ref, moved: null });
    if (result === null || "error" in result) return null;
    results.set(one.skill.id, result);
  }
  return results;
}

async function syncSkills(
  sync: Sync,
  repository: Repository,
  wanted: readonly WantedSkill[],
  signal: AbortSignal,
): Promise<Map<string, SyncResult>> {
  const results = new Map<string, SyncResult>();
  const fail: Fail = ({ skill }, error) => void results.set(skill.id, { error });
  reportActivity(sync, repository, "asking");
  const resolved = await resolveCommits(repository, wanted, sync.context.settings.force, fail);
  const missing: Resolved[] = [];
  for (const one of resolved) {
    const cached = unchanged(sync, one);
    if (cached === null) missing.push(one);
    else results.set(one.skill.id, cached);
  }
  const unmovedPins = missing.flatMap((one) =>
    one.held?.commit === one.ref.commit ? [{ ...one, pin: one.held }] : [],
  );
  const held = await fromRemoteStore(sync, unmovedPins, signal);
  for (const { skill, moved } of unmovedPins) {
    const result = held.get(skill.id);
    if (result !== undefined && "synced" in result) results.set(skill.id, { synced: { ...result.synced, moved } });
  }
  const pending = missing.filter(({ skill }) => !results.has(skill.id));
  reportActivity(sync, repository, "fetching");
  const commits = pending.map(({ ref }) => ref);
  const failures = await repository.fetch(commits, contentsFor(pending));
  const present = pending.filter((one) => {
    const failure = failures.get(one.ref.oid);
    if (failure !== undefined) fail(one, failure);
    return failure === undefined;
  });
  reportActivity(sync, repository, "reading");
  await recordCommits(sync, repository, present);
  const steps = await branchSteps(repository, present);
  const { listed, removed } = await listPresent(sync, repository, present, fail);
  for (const brought of await bringContents(sync, repository, listed, fail)) {
    const { skill, moved } = brought.one;
    const result = resultOf(sync, repository, brought);
    const step = steps.get(skill.id);
    results.set(skill.id, { synced: { ...result, commits: step?.commits ?? null, moved: step?.move ?? moved } });
  }
  for (const [id, result] of await syncRemoved(sync, repository, removed, signal)) results.set(id, result);
  return results;
}

/** Records what the policy asks about commits. */
async function recordCommits(
  { context, plan, repositories }: Sync,
  repository: Repository,
  present: readonly Resolved[],
): Promise<void> {
  const { host, clock } = context;
  const about = { home: host.home, now: clock.date() };
  const isKnown = !repositories.wasCreated(repository.source);
  for (const { ref, source } of present) {
    const isNew = isKnown && repository.wasFetched(ref.oid);
    await recordCommit(repository, plan.manifest, { commit: ref.commit, ref: source.ref, isNew, ...about });
  }
}

/** A skill whose ref still names the pinned commit, and whose content is in the store. */
function unchanged(sync: Sync, { skill, ref, held, moved }: Resolved): SyncResult | null {
  // What the policy asks about a commit is in the mirror.
  if (lacksFacts(sync.plan.manifest, sync.context.host.home, ref.commit)) return null;
  const cached = held?.commit === ref.commit ? cachedSkill(sync.writer.store, skill, held) : null;
  return cached !== null && "synced" in cached ? { synced: { ...cached.synced, moved } } : cached;
}

/** A skill whose pin is to move to another commit. */
type MovingSkill = Resolved & { held: SkillVersion };

function isMoving(one: Resolved): one is MovingSkill {
  return one.held !== null && one.held.commit !== one.ref.commit;
}

/** Lists skills; those that the new commit no longer has are set apart. */
async function listPresent(
  sync: Sync,
  repository: Repository,
  present: readonly Resolved[],
  fail: Fail,
): Promise<{ listed: ListedSkill[]; removed: MovingSkill[] }> {
  const removed: MovingSkill[] = [];
  const failListing: Fail = ({ skill }, error: EdenError) => {
    const one = present.find((other) => other.skill === skill);
    if (error.code === "SUBPATH_NOT_FOUND" && one !== undefined && isMoving(one)) removed.push(one);
    else fail({ skill }, error);
  };
  const listed: ListedSkill[] = [];
  for (const one of await listSkills(repository, present, sync.plan.manifest.limits, failListing)) {
    const paths = one.content.files.map(({ path }) => path);
    if (isMoving(one) && isNoSkill(sync.writer.store, one.held, paths)) removed.push(one);
    else listed.push(one);
  }
  return { listed, removed };
}

function resultOf({ repositories }: Sync, repository: Repository, { one, marker, fetched }: BroughtSkill) {
  const { tree, integrity, skillProblem } = marker;
  const { source, ref } = one;
  const { commit } = ref;
  const archive = ref.archive ?? repository.archiveOf(commit);
  const isNew = fetched || repository.wasFetched(ref.oid);
  const arrived = repositories.wasCreated(repository.source) ? ("cloned" as const) : ("updated" as const);
  return {
    status: isNew ? arrived : (source.arrived ?? ("skipped" as const)),
    version: { commit, tree, integrity, ...(archive !== null && { archive }) },
    skillProblem,
  };
}

/** What upstream removed stays at its pin. */
async function syncRemoved(
  sync: Sync,
  repository: Repository,
  removed: readonly MovingSkill[],
  signal: AbortSignal,
): Promise<Map<string, SyncResult>> {
  if (removed.length === 0) return new Map();
  const results = await syncSkills(
    sync,
    repository,
    removed.map((one) => ({ ...one, pin: one.held })),
    signal,
  );
  for (const { skill, held, ref } of removed) {
    const result = results.get(skill.id);
    if (result === undefined || "error" in result) continue;
    const moved: RefMove = { what: "removed", from: held.commit, to: ref.commit };
    results.set(skill.id, { synced: { ...result.synced, moved } });
  }
  return results;
}

/** How a branch moved from the pinned commit to its present one. */
interface BranchStep {
  /** Between the two; null if unknown. */
  commits: number | null;
  /** Left out if the branch continued from the pinned commit. */
  move?: RefMove;
}

/** How the branches of skills moved, by id; each pair of commits is looked at once. */
async function branchSteps(repository: Repository, present: readonly Resolved[]): Promise<Map<string, BranchStep>> {
  const known = new Map<string, Ancestry>();
  const steps = new Map<string, BranchStep>();
  for (const one of present) {
    if (!isMoving(one) || one.ref.tag === true) continue;
    const [from, to] = [one.held.commit, one.ref.commit];
    const pair = `${from} ${to}`;
    const ancestry = known.get(pair) ?? (await repository.ancestry({ commit: to, before: from }));
    known.set(pair, ancestry);
    if (ancestry.kind === "descends") steps.set(one.skill.id, { commits: ancestry.commits });
    else {
      const what = ancestry.kind === "elsewhere" ? "rewritten" : "unknown";
      steps.set(one.skill.id, { commits: null, move: { what, from, to } });
    }
  }
  return steps;
}
