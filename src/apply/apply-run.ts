import { isFaultOfSkill, whatGoesOn } from "../deploy/before-install.js";
import { CANCELLED_BY_CALLER } from "../run/cancellations.js";
import type { SkillVersion } from "../run/events.js";
import { holdEdited } from "./hold-edited.js";
import { cancelAll, installAll } from "../deploy/install-all.js";
import type { Report } from "../run/report.js";
import type { ApplyInput } from "../run/run-context.js";
import { settle } from "../deploy/settle.js";
import { AT_ONCE } from "../sync/sync-all.js";
import { reportOf, syncRun } from "../sync/sync-run.js";
import type { SyncResult } from "../sync/sync-result.js";

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
  const isFatal = (result: SyncResult) => "error" in result && !isFaultOfSkill(result.error);
  const reason = run.signal.aborted
    ? "interrupted"
    : options.atomic === true && results.size > versions.size
      ? "--atomic: another source failed"
      : input.beforeInstall !== undefined && [...results.values()].some(isFatal)
        ? "another skill could not be had"
        : null;
  if (reason !== null) cancelAll(run, machine, selected, versions, reason);
  else {
    const going =
      input.beforeInstall === undefined ? input : await whatGoesOn(input, run, machine, versions, input.beforeInstall);
    if (going !== null)
      await installAll(going, run, { ...machine, manifest: going.manifest }, { limiter, control }, versions);
  }

  const report = reportOf(synced);
  settle(input, versions, report);
  return report;
}
