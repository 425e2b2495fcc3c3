import { EdenError, sanitize } from "../errors.js";
import { offlineMiss } from "../git/offline-miss.js";
import type { Question } from "../git/repositories.js";
import type { RefAnswer } from "../git/remote-refs.js";
import type { Manifest, ManifestSkill, RepositorySource } from "../manifest/document/manifest.js";
import { runTasks } from "../reactor/run-tasks.js";
import type { Task, TaskOutcome } from "../reactor/task.js";
import { asEdenError } from "../reactor/task-failure.js";
import type { SkillVersion } from "../run/events.js";
import { groupByRepository } from "../run/group-by-repository.js";
import { placeOf } from "../run/repository-task.js";
import type { RunContext } from "../run/run-context.js";
import { withRepositories } from "../run/with-repositories.js";
import { openStore } from "../store/store.js";
import { knownCommit } from "../sync/resolve-commits.js";
import { treesNow, type TreeAccess, type TreeNow } from "../sync/trees-now.js";

/** The upstream state of a skill. */
export interface Upstream {
  /** Its resolved ref; null if no request was necessary. */
  answer: RefAnswer | null;
  /** Its content in the new commit; null if the commit is the pinned one, or there is no pin. */
  now: TreeNow | null;
}

/**
 * One request per repository, under the limit of the run; for a new commit also for its trees,
 * without file contents.
 * @returns a result for each skill.
 */
export async function lookUpstream(
  context: RunContext,
  manifest: Manifest,
  skills: readonly ManifestSkill[],
  pins: ReadonlyMap<string, SkillVersion>,
): Promise<Map<string, Upstream>> {
  if (context.settings.offline) return offlineAnswers(skills);
  context.step("upstream");
  const { clock, emit } = context;
  const found = new Map<string, Upstream>();
  const { limits } = manifest;
  const store = openStore(manifest.storageRoot);
  await withRepositories(context, store, context.signal, async (repositories) => {
    const access = { repositories, store, limits };
    const groups = [...groupByRepository(skills)].map(([key, members]) => {
      const asked = members.flatMap(({ id, source }) => (source.kind === "repository" ? [{ id, source }] : []));
      return { key, asked };
    });
    repositories.askAhead(
      groups.flatMap(({ asked }) => questionOf(asked)),
      context.signal,
    );
    const tasks = groups.map(({ key, asked }): Task<Map<string, Upstream>> => {
      const [first] = asked;
      const { name, host } = first === undefined ? { name: key, host: "" } : placeOf(first.source);
      const skillIds = asked.map(({ id }) => id);
      emit({ type: "repository", at: clock.now(), task: key, name, host, isRemote: true, skills: skillIds });
      return {
        key,
        priority: 0,
        ...(host !== "" && { host }),
        run: async (signal) => await lookAtRepository(access, asked, pins, signal),
        ended: (outcome) => {
          for (const { id, source } of asked) found.set(id, upstreamOf(outcome, id, source));
        },
      };
    });
    await runTasks(tasks, context.taskRules);
  });
  return found;
}

function offlineAnswers(skills: readonly ManifestSkill[]): Map<string, Upstream> {
  const found = new Map<string, Upstream>();
  for (const { id, source } of skills)
    if (source.kind === "repository" && knownCommit({ pin: null, source }) === null)
      found.set(id, { answer: offlineMiss("the current commit", source), now: null });
  return found;
}

/** The refs of one repository that are not commits; none if all are. */
function questionOf(asked: readonly { source: RepositorySource }[]): Question[] {
  const open = asked.filter(({ source }) => knownCommit({ pin: null, source }) === null);
  const [first] = open;
  return first === undefined
    ? []
    : [{ source: first.source, refs: [...new Set(open.map(({ source }) => source.ref))] }];
}

async function lookAtRepository(
  access: TreeAccess,
  asked: readonly { id: string; source: RepositorySource }[],
  pins: ReadonlyMap<string, SkillVersion>,
  signal: AbortSignal,
): Promise<Map<string, Upstream>> {
  const [question] = questionOf(asked);
  const answers =
    question === undefined
      ? new Map<string | null, RefAnswer>()
      : await access.repositories.resolve(question.source, question.refs, signal);
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
    // The new commit is known anyway.
    trees = new Map(moved.map(({ id }) => [id, { error: asEdenError(error) }]));
  }
  return new Map(
    asked.map(({ id, source }) => [id, { answer: answers.get(source.ref) ?? null, now: trees.get(id) ?? null }]),
  );
}

function upstreamOf(outcome: TaskOutcome<Map<string, Upstream>>, id: string, { repo }: RepositorySource): Upstream {
  if (outcome.status !== "done") return { answer: outcome.error, now: null };
  const found = outcome.value.get(id);
  return found ?? { answer: new EdenError("INTERNAL", `${sanitize(repo)} gave no answer`), now: null };
}
