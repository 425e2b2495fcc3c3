import { EdenError, sanitize } from "../errors.js";
import { resolveRefs, type RefAnswer } from "../git/remote-refs.js";
import type { Lockfile } from "../manifest/lockfile.js";
import type { Manifest, ManifestSkill, RepositorySource } from "../manifest/manifest.js";
import { Limiter } from "../reactor/limiter.js";
import { runTasks, type Task, type TaskOutcome } from "../reactor/run-tasks.js";
import { openStaging } from "../store/staging.js";
import { systemClock } from "../system/clock.js";
import { currentHost } from "../system/host.js";
import { chooseConcurrency, initialLimit } from "./concurrency.js";
import { loadManifest } from "./load-manifest.js";
import { readLockfileFor } from "./machine.js";
import type { RunOptions } from "./options.js";
import type { SkillDiff } from "./preview-update.js";
import { pinsOf } from "./pins.js";
import { registryAccess } from "./registry-indexes.js";
import { lockedRegistrySkills, resolveRegistrySkills, type ResolvedManifest } from "./registry-skills.js";
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
  /** `pinned`: its ref is a tag or a commit. `missing`: it was never synced. `unreachable`: where it is could not be learnt. */
  status: "current" | "outdated" | "pinned" | "unreachable" | "missing";
  /** What there is to say of it. */
  message: string | null;
  /** With `--diff`: what an update would bring; null for a skill that is not outdated. */
  diff?: SkillDiff | null;
  /** The pinned and the newest admitted version of a registry's skill; null for what is not known, and for other skills. */
  current_version: string | null;
  latest_version: string | null;
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
  const { lockfile } = readLockfileFor(options, manifest, host.home);
  const locked = await lockedRegistrySkills(manifest, lockfile, host.home);
  const pins = pinsOf(locked, lockfile);
  const ids = new Set(select(manifest, options.ids ?? []).map(({ id }) => id));
  const asked = await askRegistries(manifest, lockfile, options, ids);
  const skills = asked.manifest.skills.filter(
    ({ id, enabled, source }) => enabled && ids.has(id) && source.kind !== "directory",
  );
  const open = skills.filter((skill) => skill.source.kind === "repository" && !isPinned(skill));
  const answers = await askAll(open, options, {
    limit: initialLimit(chooseConcurrency(options.concurrency, host.env, manifest, "outdated")),
    storageRoot: manifest.storageRoot,
    retries: options.retries ?? manifest.reactor.retries,
    timeoutMs: options.timeoutMs ?? manifest.reactor.timeoutMs,
    stallMs: manifest.reactor.stallTimeoutMs,
  });
  const versions = new Map(locked.skills.map((skill) => [skill.id, versionOf(skill)]));
  const rows = skills.map((skill) => {
    const answer = answers.get(skill.id) ?? asked.unresolved.get(skill.id);
    const row = rowOf(skill, pins.get(skill.id)?.commit ?? null, answer);
    return { ...row, current_version: versions.get(skill.id) ?? null, latest_version: versionOf(skill) };
  });
  return { schema_version: 1, command: "outdated", count: rows.length, skills: rows };
}

/** Where the skills of registries are now: an index that cannot be fetched tells nothing about that. */
async function askRegistries(
  manifest: Manifest,
  lockfile: Lockfile,
  options: RunOptions,
  ids: ReadonlySet<string>,
): Promise<ResolvedManifest> {
  if (options.offline !== true) {
    const access = registryAccess(manifest, options);
    return await resolveRegistrySkills(access, lockfile, { ids, isMoving: true, refresh: "all or fail" });
  }
  const asked = manifest.skills.filter(({ source }) => source.kind === "registry");
  const miss = new EdenError("OFFLINE_MISS", "--offline forbids to ask its registry", { stage: "resolve" });
  return { manifest, unresolved: new Map(asked.map(({ id }) => [id, miss])), notices: [] };
}

function versionOf({ source }: ManifestSkill): string | null {
  return (source.kind === "repository" && source.release?.version) || null;
}

function isPinned({ source }: ManifestSkill): boolean {
  return source.kind === "repository" && knownCommit({ pin: null, source }) !== null;
}

type Row = Omit<OutdatedSkill, "current_version" | "latest_version">;

function rowOf({ id, source }: ManifestSkill, current: string | null, answer: RefAnswer | undefined): Row {
  const ref = source.kind === "repository" ? source.ref : null;
  if (answer instanceof EdenError)
    return { id, ref, current, latest: null, status: "unreachable", message: sanitize(answer.message) };
  // What a registry names moves with its range, whatever kind of ref it names.
  const release = source.kind === "repository" ? source.release : undefined;
  const latest = release?.commit ?? answer?.commit ?? ref;
  if (current === null) return { id, ref, current, latest, status: "missing", message: "it was never synced" };
  if (current !== latest) {
    const message =
      release === undefined && answer?.tag === true ? "the tag was moved; update keeps its pin, unless forced" : null;
    return { id, ref, current, latest, status: "outdated", message };
  }
  const isFixed = release === undefined && (answer === undefined || answer.tag === true);
  return { id, ref, current, latest, status: isFixed ? "pinned" : "current", message: null };
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
