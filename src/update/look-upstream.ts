import type { SkillVersion } from "../run/events.js";
import { gitFinder } from "../run/git-finder.js";
import { groupByRepository } from "../run/group-by-repository.js";
import { failureKind } from "../run/failure-kind.js";
import { EdenError, sanitize } from "../errors.js";
import { offlineMiss } from "../git/offline-miss.js";
import type { RefAnswer } from "../git/remote-refs.js";
import { Repositories } from "../git/repositories.js";
import type { ManifestSkill, RepositorySource, SkillLimits } from "../manifest/document/manifest.js";
import { Limiter } from "../reactor/limiter.js";
import { asEdenError } from "../reactor/task-failure.js";
import { runTasks } from "../reactor/run-tasks.js";
import { type Task, type TaskOutcome } from "../reactor/task.js";
import { systemClock } from "../system/clock.js";
import { currentHost } from "../system/host.js";
import type { RunOptions } from "../run/options.js";
import { knownCommit } from "../sync/resolve-commits.js";
import { treesNow, type TreeAccess, type TreeNow } from "../sync/trees-now.js";
import { openStore } from "../store/store.js";

/** Where a skill is upstream. */
export interface Upstream {
  /** Its ref; null for one that needed no question. */
  answer: RefAnswer | null;
  /** What the new commit has of it; null when the commit is the pinned one, or nothing is pinned. */
  now: TreeNow | null;
}

/** What asking is bounded by. */
export interface AskRules {
  limit: number;
  storageRoot: string;
  limits: SkillLimits;
  retries: number;
  timeoutMs: number;
  stallMs: number;
}

/**
 * One question a repository, under the limit that syncs are under; where a commit is new, also for the trees of that commit, without file
 * contents.
 * @returns an answer for each skill.
 */
export async function lookUpstream(
  skills: readonly ManifestSkill[],
  pins: ReadonlyMap<string, SkillVersion>,
  options: RunOptions,
  rules: AskRules,
): Promise<Map<string, Upstream>> {
  const found = new Map<string, Upstream>();
  if (options.offline === true) {
    for (const { id, source } of skills)
      if (source.kind === "repository" && knownCommit({ pin: null, source }) === null)
        found.set(id, { answer: offlineMiss("where its ref is now", source), now: null });
    return found;
  }
  const host = options.host ?? currentHost();
  const clock = options.clock ?? systemClock;
  const signal = options.signal ?? new AbortController().signal;
  const store = openStore(rules.storageRoot);
  const staging = store.openStaging();
  const { storageRoot, limits, stallMs } = rules;
  const git = gitFinder({ host, clock, staging, emit: () => {} }, signal);
  const repositories = new Repositories({ storageRoot, clock, offline: false, stallMs, git });
  const tasks = [...groupByRepository(skills)].map(([key, members]): Task<Map<string, Upstream>> => {
    const sources = members.flatMap(({ source }) => (source.kind === "repository" ? [source] : []));
    const [first] = sources as [RepositorySource];
    return {
      key,
      priority: 0,
      ...(first.host !== "" && { host: first.host }),
      run: async (stop) => await lookAtRepository({ repositories, store, limits }, members, pins, stop),
      ended: (outcome) => {
        for (const { id, source } of members)
          if (source.kind === "repository") found.set(id, upstreamOf(outcome, id, source));
      },
    };
  });
  try {
    const { retries, timeoutMs } = rules;
    const bounds = { limiter: new Limiter(rules.limit), clock, signal, retries, timeoutMs, kindOf: failureKind };
    await runTasks(tasks, { ...bounds, random: options.random ?? Math.random, emit: () => {} });
  } finally {
    staging.dispose();
  }
  return found;
}

async function lookAtRepository(
  access: TreeAccess,
  members: readonly ManifestSkill[],
  pins: ReadonlyMap<string, SkillVersion>,
  signal: AbortSignal,
): Promise<Map<string, Upstream>> {
  const asked = members.flatMap(({ id, source }) => (source.kind === "repository" ? [{ id, source }] : []));
  const open = asked.filter(({ source }) => knownCommit({ pin: null, source }) === null);
  const refs = [...new Set(open.map(({ source }) => source.ref))];
  const [first] = asked;
  const answers =
    first === undefined
      ? new Map<string | null, RefAnswer>()
      : await access.repositories.resolve(first.source, refs, signal);
  const moved = asked.flatMap(({ id, source }) => {
    const commit = knownCommit({ pin: null, source });
    const ref = commit === null ? answers.get(source.ref) : { oid: commit, commit };
    const pin = pins.get(id);
    return ref === undefined || ref instanceof EdenError || pin === undefined || pin.commit === ref.commit
      ? []
      : [{ id, source, ref, pin }];
  });
  let trees: ReadonlyMap<string, TreeNow>;
  try {
    trees = await treesNow(access, moved, signal);
  } catch (error) {
    signal.throwIfAborted();
    // That it moved is known all the same.
    trees = new Map(moved.map(({ id }) => [id, { error: asEdenError(error) }]));
  }
  return new Map(
    asked.map(({ id, source }) => [id, { answer: answers.get(source.ref) ?? null, now: trees.get(id) ?? null }]),
  );
}

function upstreamOf(outcome: TaskOutcome<Map<string, Upstream>>, id: string, { repo }: RepositorySource): Upstream {
  if (outcome.status !== "done") return { answer: outcome.error, now: null };
  const none = new EdenError("INTERNAL", `${sanitize(repo)} gave no answer`);
  return outcome.value.get(id) ?? { answer: none, now: null };
}
