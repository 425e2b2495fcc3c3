import type { SkillVersion } from "../run/events.js";
import { gitFinder } from "../run/git-finder.js";
import { groupByRepository } from "../run/group-by-repository.js";
import type { EdenError } from "../errors.js";
import { Repositories } from "../git/repositories.js";
import type { ManifestSkill } from "../manifest/document/manifest.js";
import type { Control } from "../reactor/control.js";
import type { Limiter } from "../reactor/limiter.js";
import { asEdenError } from "../reactor/task-failure.js";
import { Watchdog } from "../reactor/watchdog.js";
import { StoreWriter } from "../store/store-writer.js";
import { cachedSkill, checkIntegrity } from "./cached-skill.js";
import type { RunEvent } from "../run/events.js";
import type { Machine } from "../workspace/machine.js";
import { pinsOf } from "../workspace/pins.js";
import { knownCommit } from "./resolve-commits.js";
import type { ApplyInput, Run } from "../run/run-context.js";
import { emitResult, syncPhase } from "./sync-phase.js";
import { hasCopies } from "../workspace/target-mode.js";
import type { SyncResult } from "./sync-result.js";
import { openStore } from "../store/store.js";

/** How Phase A goes about its skills. */
export interface Pace {
  /** Skills in a batch; those of one repository stay together, so that it is fetched once. */
  batchSize: number;
  /** Milliseconds between two batches. */
  batchPauseMs: number;
}

/** All in one batch. */
export const AT_ONCE: Pace = { batchSize: Number.POSITIVE_INFINITY, batchPauseMs: 0 };

/**
 * Phase A for what needs it. Skills that are pinned and in the store are done at once, without git and without network; those of which no
 * registry knows the repository have failed already.
 */
export async function syncAll(
  input: ApplyInput,
  run: Run,
  machine: Machine,
  { limiter, control }: { limiter: Limiter; control(): Control },
  pace: Pace,
  unresolved: ReadonlyMap<string, EdenError>,
): Promise<Map<string, SyncResult>> {
  const { manifest, options } = input;
  const frozen = options.frozen ?? false;
  const store = openStore(manifest.storageRoot);
  const pins = pinsOf(manifest, machine.found.lockfile);
  const recorded = new Map(machine.found.lockfile.skills.map(({ id, integrity }) => [id, integrity]));
  const isMoving = options.update ?? false;
  const recordedFor = (skill: ManifestSkill) =>
    (isMoving ? undefined : pins.get(skill.id)?.integrity) ?? (frozen ? recorded.get(skill.id) : undefined);
  const results = new Map<string, SyncResult>();
  const open: ManifestSkill[] = [];
  for (const skill of input.selected.filter(({ enabled }) => enabled)) {
    const error = unresolved.get(skill.id);
    const cached = isMoving && !isFixed(skill) ? null : cachedSkill(store, skill, pins.get(skill.id));
    if (error !== undefined) results.set(skill.id, { error });
    else if (cached === null) open.push(skill);
    else results.set(skill.id, checkIntegrity(store, skill, cached, { integrity: recordedFor(skill), prove: frozen }));
  }
  for (const [id, result] of results)
    emitResult(run, id, result, { isCancelled: isCancelled(result), startedMs: null, attempts: 0 });
  if (open.length === 0) return results;
  const check = (skill: ManifestSkill, result: SyncResult) =>
    checkIntegrity(store, skill, result, { integrity: recordedFor(skill), prove: frozen });
  for (const [id, result] of await syncOpen(
    input,
    run,
    { limiter, control: control() },
    batchesOf(open, pace),
    pins,
    check,
  ))
    results.set(id, result);
  return results;
}

function isCancelled(result: SyncResult): boolean {
  return "error" in result && result.error.code === "CANCELLED";
}

/** A ref that is a commit never moves. */
function isFixed({ source }: ManifestSkill): boolean {
  return source.kind === "repository" && knownCommit({ pin: null, source }) !== null;
}

async function syncOpen(
  { manifest, options, host, cancellations }: ApplyInput,
  run: Run,
  limits: { limiter: Limiter; control: Control },
  { batches, pauseMs }: Batches,
  pins: ReadonlyMap<string, SkillVersion>,
  check: (skill: ManifestSkill, result: SyncResult) => SyncResult,
): Promise<Map<string, SyncResult>> {
  const settings = manifest.reactor;
  const deadlineMs = options.deadlineMs ?? settings.deadlineMs ?? 0;
  const budgets = {
    deadlineMs: deadlineMs === 0 ? null : deadlineMs,
    maxFailures: options.maxFailures ?? settings.maxFailures,
    maxDownloadBytes: settings.maxDownloadBytes,
  };
  const watchdog = new Watchdog(budgets, run.clock, run.emit);
  const emit = (event: RunEvent) => {
    if (event.type === "bytes-received") watchdog.countBytes(event.bytes);
    run.emit(event);
  };
  const results = new Map<string, SyncResult>();
  const over = new AbortController();
  limits.control.start();
  try {
    const store = openStore(manifest.storageRoot);
    const staging = store.openStaging();
    try {
      const repositories = new Repositories({
        storageRoot: store.root,
        clock: run.clock,
        offline: options.offline ?? false,
        stallMs: settings.stallTimeoutMs,
        git: gitFinder({ host, clock: run.clock, staging, emit }, AbortSignal.any([run.signal, over.signal])),
      });
      const sync = {
        clock: run.clock,
        emit,
        repositories,
        writer: new StoreWriter(store, staging),
        pins,
        limits: manifest.limits,
        isCopied: (skill: ManifestSkill) => hasCopies(manifest, host.home, skill),
        isMoving: options.update ?? false,
        followsTags: options.force ?? false,
      };
      const rules = {
        ...limits,
        watchdog,
        cancellations,
        signal: run.signal,
        retries: options.retries ?? settings.retries,
        timeoutMs: options.timeoutMs ?? settings.timeoutMs,
        random: options.random ?? Math.random,
      };
      for (const [index, batch] of batches.entries()) {
        if (index > 0 && pauseMs > 0) await pause(run, watchdog, pauseMs);
        for (const [id, result] of await syncPhase(sync, batch, check, rules)) results.set(id, result);
      }
      return results;
    } finally {
      staging.dispose();
    }
  } catch (error) {
    // The storage itself cannot be written: every skill that needs it fails, the others go on.
    const failed = batches.flat().filter(({ id }) => !results.has(id));
    for (const { id } of failed) {
      const result = { error: asEdenError(error) };
      results.set(id, result);
      emitResult(run, id, result, { isCancelled: false, startedMs: null, attempts: 0 });
    }
    return results;
  } finally {
    over.abort();
    limits.control.end();
    watchdog.end();
  }
}

interface Batches {
  batches: readonly ManifestSkill[][];
  pauseMs: number;
}

/** By priority, then in manifest order; a repository is never torn apart, even if that makes a batch larger. */
function batchesOf(skills: readonly ManifestSkill[], { batchSize, batchPauseMs }: Pace): Batches {
  const batches: ManifestSkill[][] = [];
  const urgent = (members: readonly ManifestSkill[]) => Math.max(...members.map(({ priority }) => priority));
  const groups = [...groupByRepository(skills).values()].toSorted((a, b) => urgent(b) - urgent(a));
  for (const members of groups) {
    const last = batches.at(-1);
    if (last !== undefined && last.length + members.length <= batchSize) last.push(...members);
    else batches.push([...members]);
  }
  return { batches, pauseMs: batchPauseMs };
}

/** Waits, unless the run is cancelled: then what is left is cancelled, too, without waiting. */
async function pause(run: Run, watchdog: Watchdog, ms: number): Promise<void> {
  try {
    await run.clock.sleep(ms, AbortSignal.any([run.signal, watchdog.signal]));
  } catch {
    // The tasks themselves tell that they were cancelled.
  }
}
