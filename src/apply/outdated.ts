import { EdenError, sanitize } from "../errors.js";
import { resolveRefs, type RefAnswer } from "../git/remote-refs.js";
import type { ManifestSkill, RepositorySource } from "../manifest/manifest.js";
import { Limiter } from "../reactor/limiter.js";
import { runTasks, type Task, type TaskOutcome } from "../reactor/run-tasks.js";
import { openStaging } from "../store/staging.js";
import { systemClock } from "../system/clock.js";
import { currentHost } from "../system/host.js";
import { chooseConcurrency, initialLimit } from "./concurrency.js";
import { loadManifest } from "./load-manifest.js";
import { readLockfile } from "./machine.js";
import type { RunOptions } from "./options.js";
import type { SkillDiff } from "./preview-update.js";
import { pinsOf } from "./pins.js";
import { offlineMiss, knownCommit } from "./resolve-commits.js";
import { select } from "./select.js";
import { failureKind, groupByRepository } from "./sync-phase.js";
import { gitFinder } from "./sync-world.js";

export interface OutdatedSkill {
  id: string;
  ref: string | null;
  /** The pinned commit; null when there is none yet. */
  current: string | null;
  /** Where the ref is now; null when that could not be learnt. */
  latest: string | null;
  /** `pinned`: its ref is a commit. `missing`: the ref is there no more. `unreachable`: the repository could not be asked. */
  status: "current" | "outdated" | "pinned" | "unreachable" | "missing";
  /** Why it is missing or unreachable. */
  message: string | null;
  /** With `--diff`: what an update would bring; null for a skill that is not outdated. */
  diff?: SkillDiff | null;
}

/** What `outdated --json` prints. */
export interface OutdatedReport {
  schema_version: 1;
  command: "outdated";
  count: number;
  skills: OutdatedSkill[];
}

/**
 * Asks every repository once where the refs of its skills are now, and changes nothing. Skills of a directory are left out: they have no
 * commit.
 * @throws EdenError as `loadManifest`; `UNKNOWN_SKILL`. A repository that cannot be asked is in the report.
 */
export async function outdated(options: RunOptions): Promise<OutdatedReport> {
  const host = options.host ?? currentHost();
  const { manifest } = await loadManifest(options);
  const pins = pinsOf(manifest, readLockfile(manifest, host.home).lockfile);
  const skills = select(manifest, options.ids ?? []).filter(
    ({ enabled, source }) => enabled && source.kind === "repository",
  );
  const open = skills.filter((skill) => !isPinned(skill));
  const answers = await askAll(open, options, {
    limit: initialLimit(chooseConcurrency(options.concurrency, host.env, manifest, "outdated")),
    storageRoot: manifest.storageRoot,
    retries: options.retries ?? manifest.reactor.retries,
    timeoutMs: options.timeoutMs ?? manifest.reactor.timeoutMs,
    stallMs: manifest.reactor.stallTimeoutMs,
  });
  const rows = skills.map((skill) => rowOf(skill, pins.get(skill.id)?.commit ?? null, answers.get(skill.id)));
  return { schema_version: 1, command: "outdated", count: rows.length, skills: rows };
}

function isPinned({ source }: ManifestSkill): boolean {
  return source.kind === "repository" && knownCommit({ pin: null, source }) !== null;
}

function rowOf({ id, source }: ManifestSkill, current: string | null, answer: RefAnswer | undefined): OutdatedSkill {
  const ref = source.kind === "repository" ? source.ref : null;
  if (answer === undefined) return { id, ref, current: current ?? ref, latest: ref, status: "pinned", message: null };
  if (answer instanceof EdenError) {
    const status = answer.code === "REF_NOT_FOUND" ? "missing" : "unreachable";
    return { id, ref, current, latest: null, status, message: sanitize(answer.message) };
  }
  const latest = answer.commit;
  return { id, ref, current, latest, status: current === latest ? "current" : "outdated", message: null };
}

interface AskRules {
  limit: number;
  storageRoot: string;
  retries: number;
  timeoutMs: number;
  stallMs: number;
}

/** One question a repository, under the limit that syncs are under. @returns an answer for each skill. */
async function askAll(
  skills: readonly ManifestSkill[],
  options: RunOptions,
  { limit, storageRoot, retries, timeoutMs, stallMs }: AskRules,
): Promise<Map<string, RefAnswer>> {
  const answers = new Map<string, RefAnswer>();
  if (options.offline === true) {
    for (const { id, source } of skills)
      if (source.kind === "repository") answers.set(id, offlineMiss("where its ref is now", source));
    return answers;
  }
  const host = options.host ?? currentHost();
  const clock = options.clock ?? systemClock;
  const signal = options.signal ?? new AbortController().signal;
  const staging = openStaging(storageRoot);
  const findGit = gitFinder({ host, clock, staging, emit: () => {} }, signal);
  const tasks = [...groupByRepository(skills)].map(([key, members]): Task<Map<string | null, RefAnswer>> => {
    const sources = members.flatMap(({ source }) => (source.kind === "repository" ? [source] : []));
    const [first] = sources as [RepositorySource];
    return {
      key,
      priority: 0,
      ...(first.host !== "" && { host: first.host }),
      run: async (stop) => {
        const refs = [...new Set(sources.map(({ ref }) => ref))];
        return await resolveRefs({ host, git: async () => await findGit(stop) }, first, refs, {
          signal: stop,
          stallMs,
        });
      },
      ended: (outcome) => {
        for (const { id, source } of members)
          if (source.kind === "repository") answers.set(id, answerOf(outcome, source));
      },
    };
  });
  try {
    const rules = { limiter: new Limiter(limit), clock, signal, retries, timeoutMs, kindOf: failureKind };
    await runTasks(tasks, { ...rules, random: options.random ?? Math.random, emit: () => {} });
  } finally {
    staging.dispose();
  }
  return answers;
}

function answerOf(outcome: TaskOutcome<Map<string | null, RefAnswer>>, { ref, repo }: RepositorySource): RefAnswer {
  if (outcome.status !== "done") return outcome.error;
  return outcome.value.get(ref) ?? new EdenError("INTERNAL", `${sanitize(repo)} gave no answer`);
}
