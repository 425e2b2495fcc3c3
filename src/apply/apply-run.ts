import type { SkillVersion } from "./events.js";
import type { Control } from "../reactor/control.js";
import { Limiter } from "../reactor/limiter.js";
import { peakMemoryMb } from "../system/machine.js";
import { descriptorLimit } from "../system/resource-limits.js";
import { chooseConcurrency, initialLimit } from "./concurrency.js";
import { CANCELLED_BY_CALLER } from "./cancellations.js";
import { cancelAll, installAll } from "./install-all.js";
import { lookAtMachine, type Machine } from "./machine.js";
import type { RunOptions } from "./options.js";
import { requireUpToDate } from "./pins.js";
import { foldReport } from "./report-fold.js";
import type { Report } from "./report.js";
import { beginRun, type ApplyInput, type Run } from "./run-context.js";
import { controlOf } from "./run-control.js";
import { settle } from "./settle.js";
import { syncAll } from "./sync-all.js";

/**
 * The story of one apply, from the look at the machine to the report.
 * @throws EdenError only before Phase A: `LOCK_OUT_OF_DATE`, `STATE_UNREADABLE`, `INVALID_CONCURRENCY`.
 */
export async function applyRun(input: ApplyInput): Promise<Report> {
  const { manifest, selected, options, host } = input;
  const run = beginRun(input);
  const choice = chooseConcurrency(options.concurrency, host.env, manifest);
  const machine = lookAtMachine(manifest, host.home, options.force ?? false);
  for (const notice of input.notices) run.emit(notice);
  checkLockfile(machine, options, run);
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
  const results = await syncAll(input, run, machine, limiter, control);
  run.emit({ type: "phase-ended", at: run.clock.now(), phase: "sync" });

  const versions = new Map<string, SkillVersion>();
  for (const [id, result] of results) if ("synced" in result) versions.set(id, result.synced.version);
  const unwanted = selected.filter(({ id }) => input.cancellations.has(id) && versions.has(id));
  cancelAll(run, machine, unwanted, versions, CANCELLED_BY_CALLER);
  for (const { id } of unwanted) versions.delete(id);
  const failed = results.size > versions.size;
  const reason = run.signal.aborted
    ? "interrupted"
    : options.atomic === true && failed
      ? "--atomic: another source failed"
      : null;
  if (reason === null) await installAll(input, run, machine, { limiter, control }, versions);
  else cancelAll(run, machine, selected, versions, reason);

  const report = foldReport(run.events, {
    command: "apply",
    manifest,
    skills: selected,
    before: machine.found.lockfile,
    interrupted: run.signal.aborted,
    elapsedMs: run.clock.now(),
    peakRssMb: peakMemoryMb(),
  });
  settle(input, versions, report);
  return report;
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
