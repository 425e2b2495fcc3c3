import { installAll } from "../deploy/install-all.js";
import type { Decision } from "../deploy/decision.js";
import { writeReceipt } from "../deploy/write-receipt.js";
import { planInstalls } from "../deploy/plan-installs.js";
import { record } from "../deploy/record.js";
import { reportOthers } from "../deploy/report-targets.js";
import { restoreSites } from "../deploy/restore-sites.js";
import { underLock } from "../deploy/under-lock.js";
import type { Report } from "../run/report.js";
import type { RunContext } from "../run/run-context.js";
import { syncAll, type Pace } from "../sync/sync-all.js";
import type { Job } from "../workspace/job.js";
import { skillsPassed } from "../system/release-memory.js";
import { decide } from "./decide.js";
import { look } from "./look.js";
import { planSync } from "./plan-sync.js";
import { reportMoves } from "./report-moves.js";
import { reportOf } from "./report-of.js";
import type { Synced } from "./synced.js";

/** The synced skills to install; null for none. */
export type Decide = (context: RunContext, synced: Synced) => Decision | null | Promise<Decision | null>;

/**
 * One run: look → plan the sync → Phase A → barrier → decide → plan the installs → Phase B → record
 * → report.
 * @throws EdenError before Phase A: as `look`; at the barrier: as the decision of the command.
 */
export async function applyRun(context: RunContext, job: Job, decideOn: Decide = decide): Promise<Report> {
  const synced = await syncRun(context, job);
  const decision = await decideOn(context, synced);
  if (decision !== null) {
    await deployRun(context, decision);
    await reportMoves(context, synced, decision);
  }
  const report = reportOf(context, synced);
  if (decision !== null) writeReceipt(context, decision, report);
  return report;
}

/**
 * A run up to its barrier: all needed content is in the store, or has failed. No target is changed.
 */
export async function syncRun(
  context: RunContext,
  job: Job,
  { pace, keep }: { pace?: Pace; keep?: ReadonlySet<string> } = {},
): Promise<Synced> {
  const looked = await look(context, job);
  const plan = planSync(context, looked, keep);
  const results = await syncAll(context, plan, pace);
  return { ...looked, results };
}

/** A run after its decision: it changes the targets and then the records. */
export async function deployRun(context: RunContext, decision: Decision): Promise<void> {
  await restoreSites(context, decision);
  const plan = planInstalls(decision);
  reportOthers(context, plan);
  await underLock(context, plan, async () => {
    const installed = await installAll(context, plan);
    await record(context, installed);
  });
  skillsPassed(plan.items.length);
}
