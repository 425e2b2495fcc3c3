import type { Lockfile } from "../manifest/lockfile/lockfile.js";
import type { Control } from "../reactor/control.js";
import { Limiter } from "../reactor/limiter.js";
import { peakMemoryMb } from "../system/machine.js";
import { descriptorLimit } from "../system/resource-limits.js";
import { chooseConcurrency, initialLimit } from "../run/concurrency.js";
import { lookAtMachine, withManifest, type Machine } from "../workspace/machine.js";
import { lockfileWarning, manifestNotice } from "../workspace/notices.js";
import type { RunOptions } from "../run/options.js";
import { pinsOf, requireUpToDate } from "../workspace/pins.js";
import { foldReport } from "../run/report-fold.js";
import type { Report } from "../run/report.js";
import { importBundle } from "./import-bundle.js";
import { lockedRegistrySkills, resolveRegistrySkills, type ResolvedManifest } from "../registry/registry-skills.js";
import { beginRun, type ApplyInput, type Run } from "../run/run-context.js";
import { controlOf } from "../run/run-control.js";
import { syncAll, type Pace } from "./sync-all.js";
import type { SyncResult } from "./sync-result.js";
import { openStore } from "../store/store.js";

/** A run after its barrier. */
export interface SyncedRun {
  /** As it was given, its skills of registries with their repositories. */
  input: ApplyInput;
  run: Run;
  machine: Machine;
  limiter: Limiter;
  /** What moves the limit; made when it is first asked for. */
  control(): Control;
  /** One for each enabled skill of the run. */
  results: ReadonlyMap<string, SyncResult>;
}

/**
 * The part of a run that every command shares: a look at the machine, and Phase A up to its barrier.
 * @param lockfile as of `readLockfile`.
 * @throws EdenError only before Phase A: `LOCK_OUT_OF_DATE`, `STATE_UNREADABLE`, `INVALID_CONCURRENCY`.
 */
export async function syncRun(given: ApplyInput, pace: Pace, lockfile?: string | null): Promise<SyncedRun> {
  const { options, host, command } = given;
  const run = beginRun(given);
  const choice = chooseConcurrency(options.concurrency, host.env, given.manifest, command);
  const looked = lookAtMachine(given.manifest, host.home, options.force ?? false, lockfile);
  const locked = await lockedRegistrySkills(given.manifest, looked.found.lockfile, host.home);
  for (const notice of given.notices) run.emit(notice);
  checkLockfile({ ...looked, manifest: locked }, options, run);
  const { storageRoot, path } = given.manifest;
  given.atEnd(await openStore(storageRoot).runs.enter(path, { clock: run.clock, signal: run.signal }));
  const limiter = new Limiter(initialLimit(choice));
  const minimum = Math.min(given.manifest.reactor.minConcurrency, limiter.maxPermits);
  run.emit({
    type: "run-started",
    at: 0,
    startedAt: given.clock.date(),
    concurrency: choice,
    minimum,
    descriptorLimit: descriptorLimit(),
  });
  run.emit({ type: "phase-started", at: run.clock.now(), phase: "sync" });
  let known: Control | undefined;
  const control = () => (known ??= controlOf(given.manifest, options, choice, limiter, run));
  const frozen = { manifest: locked, unresolved: new Map(), notices: [] };
  const { manifest, unresolved, notices } =
    options.frozen === true ? frozen : await lookUp(given, run, looked.found.lockfile);
  for (const notice of notices) run.emit(notice);
  const ids = new Set(given.selected.map(({ id }) => id));
  const input = { ...given, manifest, selected: manifest.skills.filter(({ id }) => ids.has(id)) };
  const machine = withManifest(looked, manifest);
  if (options.fromBundle !== undefined) {
    await importBundle(manifest, input.selected, pinsOf(manifest, machine.found.lockfile), options.fromBundle);
  }
  const results = await syncAll(input, run, machine, { limiter, control }, pace, unresolved);
  run.emit({ type: "phase-ended", at: run.clock.now(), phase: "sync" });
  return { input, run, machine, limiter, control, results };
}

/** Where the skills of registries lie; registries are asked for what the lockfile does not tell, and for all when pins are to be moved. */
async function lookUp(
  { manifest, selected, options, host }: ApplyInput,
  { clock, signal, emit }: Run,
  lockfile: Lockfile,
): Promise<ResolvedManifest> {
  const isMoving = options.update ?? false;
  return await resolveRegistrySkills({ manifest, options, host, clock, signal, emit }, lockfile, {
    ids: new Set(selected.map(({ id }) => id)),
    isMoving,
    refresh: isMoving ? "all" : "lacking",
  });
}

/** The report of a run that is over. */
export function reportOf({ input, run, machine }: SyncedRun): Report {
  const { manifest, selected, command } = input;
  return foldReport(run.events, {
    command,
    manifest,
    skills: selected,
    before: machine.found.lockfile,
    interrupted: run.signal.aborted,
    elapsedMs: run.clock.now(),
    peakRssMb: peakMemoryMb(),
  });
}

function checkLockfile(machine: Machine, { frozen, warn }: RunOptions, run: Run): void {
  const { manifest, found } = machine;
  if (frozen === true) requireUpToDate(machine);
  for (const warning of lockfileWarning(manifest, found)) {
    run.emit(manifestNotice(warning));
    warn?.(warning);
  }
}
