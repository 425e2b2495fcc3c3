import { formatEnvironment } from "../manifest/targets/target-environment.js";
import { errorNotice } from "../run/notice.js";
import type { RunContext } from "../run/run-context.js";
import { withManifestLock } from "../workspace/manifest-lock.js";
import { warnOfHistory } from "./append-history.js";
import type { PlannedInstalls } from "./plan-installs.js";
import { missingRecords, recordUnchanged } from "./record.js";
import { reportTarget } from "./report-targets.js";

/**
 * Carries out a plan with the lock of its manifest held. A plan without work and without records to
 * write takes no lock. A failure outside of a single target is an error of the run; the remaining
 * targets are reported as cancelled or failed.
 */
export async function underLock(context: RunContext, plan: PlannedInstalls, work: () => Promise<void>): Promise<void> {
  const { manifest } = plan.machine;
  try {
    const missing = missingRecords(context, plan);
    if (missing === "none") return await recordUnchanged(context, plan);
    try {
      await withManifestLock(manifest, context.lock(manifest.path), work);
    } catch (error) {
      if (missing === "all" || context.signal.aborted) throw error;
      // For instance a changed comment in the manifest, with a storage that is not writable.
      warnOfHistory(context, error);
    }
  } catch (error) {
    reportFailure(context, plan, error);
  }
}

function reportFailure(context: RunContext, { work }: PlannedInstalls, caught: unknown): void {
  const { signal, events } = context;
  const isInterrupted = signal.aborted;
  const ended = new Set(
    events.flatMap((event) =>
      event.type === "target-ended" ? [`${event.skill} ${event.environment ?? "local"} ${event.path}`] : [],
    ),
  );
  for (const item of work) {
    if (ended.has(`${item.skillId} ${formatEnvironment(item.environment)} ${item.targetPath}`)) continue;
    reportTarget(context, item, { status: isInterrupted ? "cancelled" : "failed", reasons: item.reasons });
  }
  if (isInterrupted) return;
  context.notice(errorNotice(caught, "install"));
}
