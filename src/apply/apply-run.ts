import { CANCELLED_BY_CALLER } from "./cancellations.js";
import type { SkillVersion } from "./events.js";
import { cancelAll, installAll } from "./install-all.js";
import type { Report } from "./report.js";
import type { ApplyInput } from "./run-context.js";
import { settle } from "./settle.js";
import { AT_ONCE } from "./sync-all.js";
import { reportOf, syncRun } from "./sync-run.js";

/**
 * The story of one apply, from the look at the machine to the report.
 * @throws EdenError only before Phase A: `LOCK_OUT_OF_DATE`, `STATE_UNREADABLE`, `INVALID_CONCURRENCY`.
 */
export async function applyRun(given: ApplyInput): Promise<Report> {
  const { options } = given;
  const command = options.update === true ? "update" : "apply";
  const synced = await syncRun(given, command, AT_ONCE);
  const { input, run, machine, limiter, control, results } = synced;
  const { selected } = input;

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

  const report = reportOf(synced, command);
  settle(input, versions, report);
  return report;
}
