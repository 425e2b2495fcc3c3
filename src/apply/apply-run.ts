import { CANCELLED_BY_CALLER } from "./cancellations.js";
import type { SkillVersion } from "./events.js";
import { asEdenError } from "../reactor/run-tasks.js";
import { holdEdited } from "./hold-edited.js";
import { cancelAll, installAll, tellConflicts } from "./install-all.js";
import type { Machine } from "./machine.js";
import type { Report } from "./report.js";
import type { ApplyInput, Run } from "./run-context.js";
import { settle } from "./settle.js";
import { AT_ONCE } from "./sync-all.js";
import { reportOf, syncRun } from "./sync-run.js";

/**
 * The story of one apply, from the look at the machine to the report.
 * @throws EdenError only before Phase A: `LOCK_OUT_OF_DATE`, `STATE_UNREADABLE`, `INVALID_CONCURRENCY`.
 */
export async function applyRun(given: ApplyInput): Promise<Report> {
  const synced = await syncRun(given, AT_ONCE);
  const { input, run, machine, limiter, control, results } = synced;
  const { selected, options } = input;

  const versions = new Map<string, SkillVersion>();
  for (const [id, result] of results) if ("synced" in result) versions.set(id, result.synced.version);
  const unwanted = selected.filter(({ id }) => input.cancellations.has(id) && versions.has(id));
  cancelAll(run, machine, unwanted, versions, CANCELLED_BY_CALLER);
  for (const { id } of unwanted) versions.delete(id);
  if (options.update === true && !run.signal.aborted) await holdEdited(input, run, machine, versions);
  const failed = results.size > versions.size;
  const reason = run.signal.aborted
    ? "interrupted"
    : options.atomic === true && failed
      ? "--atomic: another source failed"
      : null;
  if (reason !== null) cancelAll(run, machine, selected, versions, reason);
  else if (input.beforeInstall === undefined || (await mayInstall(input, run, machine, versions, input.beforeInstall)))
    await installAll(input, run, machine, { limiter, control }, versions);

  const report = reportOf(synced);
  settle(input, versions, report);
  return report;
}

/** For a run that installs all or nothing: false when something stands in the way, which is told then. */
async function mayInstall(
  { selected }: ApplyInput,
  run: Run,
  machine: Machine,
  versions: ReadonlyMap<string, SkillVersion>,
  beforeInstall: () => Promise<void>,
): Promise<boolean> {
  if (tellConflicts(run, machine, selected, versions)) return false;
  try {
    await beforeInstall();
    return true;
  } catch (error) {
    const { code, message, facts } = asEdenError(error);
    const about = { stage: facts.stage ?? "manifest", message, hint: facts.hint ?? null };
    run.emit({ type: "notice", at: run.clock.now(), skill: null, severity: "error", code, ...about });
    return false;
  }
}
