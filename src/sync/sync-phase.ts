import { groupByRepository } from "../run/group-by-repository.js";
import { failureKind } from "../run/failure-kind.js";
import { setMaxListeners } from "node:events";
import { EdenError, sanitize } from "../errors.js";
import type { DirectorySource, ManifestSkill } from "../manifest/document/manifest.js";
import type { Control } from "../reactor/control.js";
import type { Limiter } from "../reactor/limiter.js";
import { asEdenError } from "../reactor/task-failure.js";
import { runTasks } from "../reactor/run-tasks.js";
import { type Task } from "../reactor/task.js";
import type { Watchdog } from "../reactor/watchdog.js";
import { cancelledByCaller, type Cancellations } from "../run/cancellations.js";
import { SKILL_REMOVED, TAG_MOVED, type RunEvent } from "../run/events.js";
import { syncDirectory } from "./sync-directory.js";
import type { WantedSkill } from "./resolve-commits.js";
import { syncRepository } from "./sync-repository.js";
import type { Sync } from "./sync.js";
import type { RefMove, SyncResult } from "./sync-result.js";

/** Settings of Phase A. */
export interface SyncRules {
  limiter: Limiter;
  control: Control;
  watchdog: Watchdog;
  cancellations: Cancellations;
  signal: AbortSignal;
  retries: number;
  timeoutMs: number;
  random(): number;
}

/**
 * Phase A: one task per repository, whatever the number of skills, refs and subpaths it serves. Every repository is attempted; what one
 * throws is the failure of its own skills and of nobody else's. Settles when the last one has: that is the barrier.
 * @param check the last word on each result: it is held against the lockfile.
 * @returns a result for each skill that was given.
 */
export async function syncPhase(
  sync: Sync,
  skills: readonly ManifestSkill[],
  check: (skill: ManifestSkill, result: SyncResult) => SyncResult,
  rules: SyncRules,
): Promise<Map<string, SyncResult>> {
  const results = new Map<string, SyncResult>();
  const tasks = [...groupByRepository(skills)].map(([key, members]): Task<Map<string, SyncResult>> => {
    sync.emit({
      type: "repository",
      at: sync.clock.now(),
      task: key,
      name: nameOf(members),
      host: hostOf(members),
      isRemote: members.some(({ source }) => source.kind !== "directory"),
      skills: members.map(({ id }) => id),
    });
    return {
      key,
      ...(hostOf(members) !== "" && { host: hostOf(members) }),
      signal: rules.cancellations.signalFor(members.map(({ id }) => id)),
      priority: Math.max(...members.map(({ priority }) => priority)),
      run: async (signal) => await syncGroup(sync, key, members, signal),
      ended: (outcome, startedAt) => {
        const own = members.map((skill) => {
          const result = outcome.status === "done" ? outcome.value.get(skill.id) : { error: outcome.error };
          const isCancelled = outcome.status === "cancelled" || rules.cancellations.has(skill.id);
          const last = outcome.status !== "cancelled" && isCancelled ? { error: cancelledByCaller() } : result;
          return { skill, result: check(skill, last ?? { error: NO_RESULT }), isCancelled };
        });
        if (outcome.status !== "cancelled" && own.every(({ result }) => "error" in result))
          rules.watchdog.countFailure();
        for (const { skill, result, isCancelled } of own) {
          results.set(skill.id, result);
          emitResult(sync, skill.id, result, { isCancelled, startedMs: startedAt, attempts: outcome.attempts });
        }
      },
    };
  });
  const signal = AbortSignal.any([rules.signal, rules.watchdog.signal]);
  setMaxListeners(0, signal);
  await runTasks(tasks, { ...rules, signal, clock: sync.clock, kindOf: failureKind, emit: sync.emit });
  return results;
}

const NO_RESULT = new EdenError("INTERNAL", "the sync gave no result for this skill");

/** How a result came about. */
interface SyncedHow {
  isCancelled: boolean;
  /** Null, and no attempt, for a skill that needed none. */
  startedMs: number | null;
  attempts: number;
}

/** Tells how the sync of one skill ended; also used for skills that needed none. */
export function emitResult(
  sync: Pick<Sync, "clock" | "emit">,
  skill: string,
  result: SyncResult,
  { isCancelled, startedMs, attempts }: SyncedHow,
): void {
  const at = sync.clock.now();
  if ("error" in result) {
    sync.emit({
      type: "skill-synced",
      at,
      skill,
      status: isCancelled ? "cancelled" : "failed",
      startedMs,
      attempts,
      content: null,
      error: result.error,
    });
    return;
  }
  const { status, version, skillProblem, moved } = result.synced;
  sync.emit({ type: "skill-synced", at, skill, status, startedMs, attempts, content: version, error: null });
  if (moved != null) sync.emit({ type: "notice", at, skill, ...moveNotice(skill, moved) });
  if (skillProblem !== null) {
    const hint = "Tell its author; agents may not load it.";
    sync.emit({
      type: "notice",
      at,
      skill,
      severity: "warning",
      code: "SKILL_INVALID",
      stage: "materialise",
      message: skillProblem,
      hint,
    });
  }
}

function moveNotice(
  skill: string,
  { what, from, to }: RefMove,
): Pick<Notice, "severity" | "code" | "stage" | "message" | "hint"> {
  const [before, now] = [from.slice(0, 12), to.slice(0, 12)];
  if (what === "unknown") {
    const message = `it could not be learnt whether ${now} descends from ${before}`;
    return { code: "BRANCH_REWRITTEN", stage: "resolve", severity: "info", message, hint: null };
  }
  if (what === "rewritten") {
    const message = `${now} does not descend from ${before}: its branch was rewritten`;
    return { code: "BRANCH_REWRITTEN", stage: "resolve", severity: "warning", message, hint: null };
  }
  if (what === "removed") {
    const message = `upstream removed it: ${now} has it no more; its pin stays at ${before}`;
    const hint = `\`eden-skills remove ${skill}\` takes it out; \`eden-skills set ${skill} --ref ${from}\` keeps it for good.`;
    return { code: SKILL_REMOVED, stage: "resolve", severity: "warning", message, hint };
  }
  const message = `the tag was moved from ${before} to ${now}`;
  const about = { code: TAG_MOVED, stage: "resolve" };
  if (what === "tag-followed") return { ...about, severity: "info", message, hint: null };
  const hint = "`eden-skills update --dry-run` shows what it brings; --force follows it.";
  return { ...about, severity: "warning", message: `${message}; its pin stays`, hint };
}

type Notice = Extract<RunEvent, { type: "notice" }>;

async function syncGroup(
  sync: Sync,
  key: string,
  members: readonly ManifestSkill[],
  signal: AbortSignal,
): Promise<Map<string, SyncResult>> {
  const wanted: WantedSkill[] = [];
  const results = new Map<string, SyncResult>();
  for (const skill of members) {
    const { source } = skill;
    const pin = sync.pins.get(skill.id) ?? null;
    if (source.kind === "repository")
      wanted.push({ skill, source, pin: sync.isMoving ? null : pin, held: sync.isMoving ? pin : null });
    else if (source.kind === "directory") results.set(skill.id, await directoryResult(sync, skill, source));
  }
  for (const [id, result] of await syncRepository(sync, key, wanted, signal)) results.set(id, result);
  return results;
}

async function directoryResult(sync: Sync, skill: ManifestSkill, source: DirectorySource): Promise<SyncResult> {
  try {
    return { synced: await syncDirectory(sync, skill, source) };
  } catch (error) {
    return { error: asEdenError(error) };
  }
}

/** `acme/skills` for a URL; the last directory for a path. */
function nameOf([first]: readonly ManifestSkill[]): string {
  if (first === undefined) return "";
  if (first.source.kind === "registry") return first.source.name;
  const words = first.source.repo
    .replace(/\/+$/u, "")
    .replace(/\.git$/u, "")
    .split(/[/:]+/u);
  return sanitize(words.slice(-2).join("/"));
}

function hostOf([first]: readonly ManifestSkill[]): string {
  return first?.source.kind === "repository" ? first.source.host : "";
}
