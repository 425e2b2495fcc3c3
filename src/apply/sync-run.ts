import type { Control } from "../reactor/control.js";
import { Limiter } from "../reactor/limiter.js";
import { enterStore } from "../store/live-runs.js";
import { peakMemoryMb } from "../system/machine.js";
import { descriptorLimit } from "../system/resource-limits.js";
import { chooseConcurrency, initialLimit } from "./concurrency.js";
import { lookAtMachine, type Machine } from "./machine.js";
import type { RunOptions } from "./options.js";
import { pinsOf, requireUpToDate } from "./pins.js";
import { foldReport } from "./report-fold.js";
import type { Report } from "./report.js";
import { importBundle } from "./import-bundle.js";
import { beginRun, type ApplyInput, type Run } from "./run-context.js";
import { controlOf } from "./run-control.js";
import { syncAll, type Pace } from "./sync-all.js";
import type { SyncResult } from "./sync-world.js";

/** A run after its barrier. */
export interface SyncedRun {
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
export async function syncRun(input: ApplyInput, pace: Pace, lockfile?: string | null): Promise<SyncedRun> {
  const { manifest, options, host, command } = input;
  const run = beginRun(input);
  const choice = chooseConcurrency(options.concurrency, host.env, manifest, command);
  const machine = lookAtMachine(manifest, host.home, options.force ?? false, lockfile);
  for (const notice of input.notices) run.emit(notice);
  checkLockfile(machine, options, run);
  input.atEnd(await enterStore(manifest.storageRoot, manifest.path, { clock: run.clock, signal: run.signal }));
  const limiter = new Limiter(initialLimit(choice));
  const minimum = Math.min(manifest.reactor.minConcurrency, limiter.maxPermits);
  run.emit({
    type: "run-started",
    at: 0,
    startedAt: input.clock.date(),
    concurrency: choice,
    minimum,
    descriptorLimit: descriptorLimit(),
  });
  run.emit({ type: "phase-started", at: run.clock.now(), phase: "sync" });
  let known: Control | undefined;
  const control = () => (known ??= controlOf(manifest, options, choice, limiter, run));
  if (options.fromBundle !== undefined) {
    await importBundle(manifest, input.selected, pinsOf(manifest, machine.found.lockfile), options.fromBundle);
  }
  const results = await syncAll(input, run, machine, { limiter, control }, pace);
  run.emit({ type: "phase-ended", at: run.clock.now(), phase: "sync" });
  return { run, machine, limiter, control, results };
}

/** The report of a run that is over. */
export function reportOf({ manifest, selected, command }: ApplyInput, { run, machine }: SyncedRun): Report {
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

function checkLockfile(machine: Machine, { frozen }: RunOptions, run: Run): void {
  const { manifest, found } = machine;
  if (frozen === true) requireUpToDate(machine);
  else if (found.problem !== null) {
    const message = `${manifest.lockfilePath} cannot be used and is written anew: ${found.problem}`;
    const about = { code: "LOCK_OUT_OF_DATE", stage: "manifest", message, hint: null };
    run.emit({ type: "notice", at: 0, skill: null, severity: "warning", ...about });
  }
}
