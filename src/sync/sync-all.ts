import type { ManifestSkill } from "../manifest/document/manifest.js";
import { asEdenError } from "../reactor/task-failure.js";
import type { Repositories } from "../git/repositories.js";
import type { RemoteStore } from "../remote-store/remote-store.js";
import { groupByRepository } from "../run/group-by-repository.js";
import type { RunContext } from "../run/run-context.js";
import { withRepositories } from "../run/with-repositories.js";
import { StoreWriter } from "../store/store-writer.js";
import { openStore } from "../store/store.js";
import { startThreadPool } from "../system/thread-pool.js";
import { aliasResult } from "./alias-result.js";
import { emitResult } from "./emit-result.js";
import type { SyncPlan } from "./sync-plan.js";
import { judgeResults } from "./judge-results.js";
import { NO_RESULT, type SyncResult } from "./sync-result.js";

/** Batching of Phase A. */
export interface Pace {
  /** Skills in a batch; those of one repository stay together, so that it is fetched once. */
  batchSize: number;
  /** Milliseconds between two batches. */
  batchPauseMs: number;
}

/** All in one batch. */
export const AT_ONCE: Pace = { batchSize: Number.POSITIVE_INFINITY, batchPauseMs: 0 };

/**
 * Phase A. Settles when the last of its tasks has: that is the barrier.
 * @returns a result for each skill of the plan.
 */
export async function syncAll(
  context: RunContext,
  plan: SyncPlan,
  pace: Pace = AT_ONCE,
): Promise<ReadonlyMap<string, SyncResult>> {
  const results = await judgeResults({ context, plan }, plan.manifest.skills, await withAliases(context, plan));
  for (const [skill, result] of results) {
    const isCancelled = "error" in result && result.error.code === "CANCELLED";
    emitResult(context, { skill, result, isCancelled, startedMs: null, attempts: 0 });
  }
  if (plan.pending.length > 0)
    for (const [id, result] of await syncPending(context, plan, pace)) results.set(id, result);
  context.emit({ type: "phase-ended", at: context.clock.now(), phase: "sync" });
  return results;
}

/** The known results; renamed copies that are not in the store are made. */
async function withAliases({ settings }: RunContext, plan: SyncPlan): Promise<Map<string, SyncResult>> {
  const results = new Map(plan.known);
  const renamed = plan.manifest.skills.filter(({ id, alias }) => alias !== null && results.has(id));
  if (renamed.length === 0) return results;
  const store = openStore(plan.manifest.storageRoot);
  const staging = store.openStaging();
  const writer = new StoreWriter(store, staging);
  try {
    for (const skill of renamed) {
      const result = results.get(skill.id) ?? { error: NO_RESULT };
      results.set(skill.id, await aliasResult(writer, plan, { skill, result, prove: settings.frozen }));
    }
  } finally {
    staging.dispose();
  }
  return results;
}

async function syncPending(context: RunContext, plan: SyncPlan, pace: Pace): Promise<Map<string, SyncResult>> {
  const { control, watchdog } = context;
  const results = new Map<string, SyncResult>();
  const over = new AbortController();
  const signal = AbortSignal.any([context.signal, over.signal]);
  context.step("sync");
  control.start();
  try {
    await startThreadPool();
    const store = openStore(plan.manifest.storageRoot);
    await withRepositories(context, store, signal, async (repositories, staging) => {
      const sources = plan.pending.flatMap(({ source }) => (source.kind === "repository" ? [source] : []));
      if (sources.length > 0) await repositories.prepare(signal);
      const { syncPhase } = await import("./sync-phase.js");
      const remoteStore = await openRemoteStore(context, plan, repositories);
      const sync = { context, plan, repositories, writer: new StoreWriter(store, staging), remoteStore };
      await repositories.shareObjects(sources, signal, async () => {
        for (const [index, batch] of batchesOf(plan.pending, pace.batchSize).entries()) {
          if (index > 0 && pace.batchPauseMs > 0) await pause(context, pace.batchPauseMs);
          for (const [id, result] of await syncPhase(sync, batch)) results.set(id, result);
        }
      });
    });
  } catch (error) {
    // The storage itself cannot be written: every skill that needs it fails, the others go on.
    for (const { id: skill } of plan.pending) {
      if (results.has(skill)) continue;
      const result = { error: asEdenError(error) };
      results.set(skill, result);
      emitResult(context, { skill, result, isCancelled: false, startedMs: null, attempts: 0 });
    }
  } finally {
    over.abort();
    control.end();
    watchdog.end();
  }
  return results;
}

/** The remote store, which is loaded only if the manifest has one and this run may use it. */
async function openRemoteStore(
  context: RunContext,
  { manifest }: SyncPlan,
  repositories: Repositories,
): Promise<RemoteStore | null> {
  if (manifest.remoteStore === null || context.settings.offline) return null;
  const remote = await import("../remote-store/open-remote-store.js");
  return await remote.openRemoteStore(context, manifest, repositories);
}

/**
 * By priority, then in manifest order; a repository is never split, even if that makes a batch
 * larger.
 */
function batchesOf(skills: readonly ManifestSkill[], batchSize: number): ManifestSkill[][] {
  const batches: ManifestSkill[][] = [];
  const urgent = (members: readonly ManifestSkill[]) => Math.max(...members.map(({ priority }) => priority));
  const groups = [...groupByRepository(skills).values()].toSorted((a, b) => urgent(b) - urgent(a));
  for (const members of groups) {
    const last = batches.at(-1);
    if (last !== undefined && last.length + members.length <= batchSize) last.push(...members);
    else batches.push([...members]);
  }
  return batches;
}

/** Waits, unless the run is cancelled: then what is left is cancelled, too, without waiting. */
async function pause({ clock, signal, watchdog }: RunContext, ms: number): Promise<void> {
  try {
    await clock.sleep(ms, AbortSignal.any([signal, watchdog.signal]));
  } catch {
    // The tasks themselves report that they were cancelled.
  }
}
