import { setMaxListeners } from "node:events";
import type { DirectorySource, ManifestSkill } from "../manifest/document/manifest.js";
import { unknownKind } from "../manifest/document/source-kind.js";
import { asEdenError } from "../reactor/task-failure.js";
import { runTasks } from "../reactor/run-tasks.js";
import type { Task } from "../reactor/task.js";
import { cancelledByCaller } from "../run/cancellations.js";
import type { SkillVersion } from "../run/events.js";
import { groupByRepository } from "../run/group-by-repository.js";
import { placeOf } from "../run/repository-task.js";
import { aliasResult } from "./alias-result.js";
import { skillsPassed } from "../system/release-memory.js";
import { checkIntegrity } from "./cached-skill.js";
import { emitResult } from "./emit-result.js";
import { judgeResults } from "./judge-results.js";
import { questionOf, type WantedSkill } from "./resolve-commits.js";
import { syncDirectory } from "./sync-directory.js";
import { syncRepository } from "./sync-repository.js";
import type { Sync } from "./sync.js";
import { NO_RESULT, type SyncResult } from "./sync-result.js";

/**
 * One batch of Phase A: one task per repository, whatever the number of skills, refs and subpaths
 * it serves. Every repository is attempted; what one throws fails its own skills and no others.
 * Settles when the last one has.
 * @returns a result for each skill of the batch.
 */
export async function syncPhase(sync: Sync, batch: readonly ManifestSkill[]): Promise<Map<string, SyncResult>> {
  const { context, plan } = sync;
  const { cancellations, watchdog, control } = context;
  const results = new Map<string, SyncResult>();
  const groups = [...groupByRepository(batch)];
  const stop = AbortSignal.any([context.signal, watchdog.signal]);
  setMaxListeners(0, stop);
  const questions = groups.flatMap(([, members]) => questionOf(wantedOf(sync, members)));
  const isOver = new AbortController();
  const asking = AbortSignal.any([stop, isOver.signal]);
  setMaxListeners(0, asking);
  sync.repositories.askAhead(questions, asking);
  const tasks = groups.map(([key, members]): Task<Map<string, SyncResult>> => {
    const { name, host } = membersPlace(members);
    context.emit({
      type: "repository",
      at: context.clock.now(),
      task: key,
      name,
      host,
      isRemote: members.some(({ source }) => source.kind !== "directory"),
      skills: members.map(({ id }) => id),
    });
    return {
      key,
      ...(host !== "" && { host }),
      signal: cancellations.signalFor(members.map(({ id }) => id)),
      priority: Math.max(...members.map(({ priority }) => priority)),
      run: async (signal) => {
        const synced = await withAliases(sync, members, await syncGroup(sync, key, members, signal));
        return await judgeResults(sync, members, synced);
      },
      ended: (outcome, startedMs) => {
        const own = members.map((skill) => {
          const result = outcome.status === "done" ? outcome.value.get(skill.id) : { error: outcome.error };
          const isCancelled = outcome.status === "cancelled" || cancellations.has(skill.id);
          const last = outcome.status !== "cancelled" && isCancelled ? { error: cancelledByCaller() } : result;
          const locked = { integrity: plan.integrities.get(skill.id), prove: context.settings.frozen };
          const checked = checkIntegrity(sync.writer.store, skill, last ?? { error: NO_RESULT }, locked);
          return { skill: skill.id, result: checked, isCancelled };
        });
        if (outcome.status !== "cancelled" && own.every(({ result }) => "error" in result)) watchdog.countFailure();
        for (const one of own) {
          results.set(one.skill, one.result);
          emitResult(context, { ...one, startedMs, attempts: outcome.attempts });
        }
        skillsPassed(own.length);
      },
    };
  });
  await runTasks(tasks, { ...context.taskRules, signal: stop, control });
  // No task waits for these answers any more, and an open connection would keep the program alive.
  isOver.abort();
  return results;
}

/** The results of skills with their renamed copies, where they have an alias. */
async function withAliases(
  { context, plan, writer }: Sync,
  members: readonly ManifestSkill[],
  results: Map<string, SyncResult>,
): Promise<Map<string, SyncResult>> {
  const prove = context.settings.frozen;
  for (const skill of members.filter(({ alias }) => alias !== null)) {
    const result = results.get(skill.id) ?? { error: NO_RESULT };
    results.set(skill.id, await aliasResult(writer, plan, { skill, result, prove }));
    // An update may have to keep the pinned content.
    const pin = plan.kept.get(skill.id);
    if (pin !== undefined && writer.store.readyEntry(pin.tree, skill.id) !== null)
      await aliasResult(writer, plan, { skill, result: pinnedResult(pin), prove: false });
  }
  return results;
}

function pinnedResult(version: SkillVersion): SyncResult {
  return { synced: { status: "skipped", version, skillProblem: null } };
}

/** Syncs the skills of one source. They have one key, and therefore one kind. */
async function syncGroup(
  sync: Sync,
  key: string,
  members: readonly ManifestSkill[],
  signal: AbortSignal,
): Promise<Map<string, SyncResult>> {
  const wanted = wantedOf(sync, members);
  const results = new Map<string, SyncResult>();
  for (const skill of members) {
    const { source } = skill;
    switch (source.kind) {
      case "repository":
        break;
      case "directory":
        results.set(skill.id, await directoryResult(sync, skill, source));
        break;
      case "registry":
        // Its repository is found before Phase A: here it has no result.
        break;
      default:
        unknownKind(source);
    }
  }
  for (const [id, result] of await syncRepository(sync, key, wanted, signal)) results.set(id, result);
  await bringPinned(
    sync,
    key,
    wanted.filter((one) => isKept(sync, one, results.get(one.skill.id))),
    { results, signal },
  );
  return results;
}

/** The skills of repositories, with their pins. */
function wantedOf({ context, plan }: Sync, members: readonly ManifestSkill[]): WantedSkill[] {
  const isMoving = context.settings.update;
  return members.flatMap((skill) => {
    const { source } = skill;
    if (source.kind !== "repository") return [];
    const pin = plan.pins.get(skill.id) ?? null;
    return [{ skill, source, pin: isMoving ? null : pin, held: isMoving ? pin : null }];
  });
}

/**
 * True for a skill whose pinned content is wanted besides what was synced, and is not in the store.
 */
function isKept({ writer, plan: { kept } }: Sync, { skill }: WantedSkill, result: SyncResult | undefined): boolean {
  const pin = kept.get(skill.id);
  if (pin === undefined || result === undefined || "error" in result) return false;
  return result.synced.version.commit !== pin.commit && writer.store.readyEntry(pin.tree, skill.id) === null;
}

/**
 * Brings the pinned content of skills whose new content was synced. What cannot be fetched is noted
 * with the result of its skill.
 */
async function bringPinned(
  sync: Sync,
  key: string,
  wanted: readonly WantedSkill[],
  { results, signal }: { results: Map<string, SyncResult>; signal: AbortSignal },
): Promise<void> {
  if (wanted.length === 0) return;
  const pinned = wanted.map((one) => ({ ...one, pin: sync.plan.kept.get(one.skill.id) ?? null, held: null }));
  for (const [id, brought] of await syncRepository(sync, key, pinned, signal)) {
    const result = results.get(id);
    if ("error" in brought && result !== undefined && "synced" in result)
      results.set(id, { synced: { ...result.synced, pinLost: brought.error } });
  }
}

async function directoryResult(sync: Sync, skill: ManifestSkill, source: DirectorySource): Promise<SyncResult> {
  try {
    return { synced: await syncDirectory(sync, skill, source) };
  } catch (error) {
    return { error: asEdenError(error) };
  }
}

function membersPlace([first]: readonly ManifestSkill[]): { name: string; host: string } {
  return first === undefined ? { name: "", host: "" } : placeOf(first.source);
}
