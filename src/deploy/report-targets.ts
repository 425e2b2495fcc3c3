import type { EdenError } from "../errors.js";
import { describeEnvironment, formatEnvironment } from "../manifest/targets/target-environment.js";
import type { PlanItem } from "../plan/plan.js";
import type { TargetStatus } from "../run/events.js";
import type { RunContext } from "../run/run-context.js";
import { plannedItems, type Planned } from "./decision.js";
import type { PlannedInstalls } from "./plan-installs.js";
import type { LeftTarget } from "./removals.js";

/** The result of a target. */
interface TargetEnd {
  status: TargetStatus;
  reasons: string[];
  error?: EdenError | null;
  /** Milliseconds since the run began; default: now. */
  startedMs?: number | undefined;
}

/** Reports the result of one target. */
export function reportTarget(
  { clock, emit }: RunContext,
  { skillId: skill, agents, targetPath: path, environment, action }: PlanItem,
  { status, reasons, error = null, startedMs }: TargetEnd,
): void {
  const at = clock.now();
  const end = { status, reasons, error, startedMs: startedMs ?? at };
  const place = environment.kind === "local" ? {} : { environment: formatEnvironment(environment) };
  emit({ type: "target-ended", at, skill, agents, path, ...place, action, ...end });
}

/**
 * Nothing is installed: the targets of the synced skills are reported as cancelled, with the
 * reason.
 */
export function cancelTargets(context: RunContext, planned: Planned, reason: string): void {
  for (const item of plannedItems(planned)) reportTarget(context, item, { status: "cancelled", reasons: [reason] });
}

/**
 * Reports the targets of skills, none of which is installed.
 * @param why the reason for the others.
 */
export function reportConflicts(context: RunContext, planned: Planned, why: string): void {
  for (const item of plannedItems(planned)) {
    if (item.action === "conflict") reportUntouched(context, item);
    else if (item.action === "noop") reportTarget(context, item, { status: "done", reasons: [] });
    else reportTarget(context, item, { status: "cancelled", reasons: [why] });
  }
}

/** Reports the items of a plan without work: unchanged and unreadable targets. */
export function reportOthers(context: RunContext, { items, work }: PlannedInstalls): void {
  const pending = new Set(work);
  for (const item of items) if (!pending.has(item)) reportUntouched(context, item);
}

/** A target that needs no work: correct, or unreadable. */
function reportUntouched(context: RunContext, item: PlanItem): void {
  const { failure, reasons, action } = item;
  const isFailed = failure !== null && failure.code !== "TARGET_CONFLICT";
  const status = isFailed ? "failed" : action === "conflict" ? "conflict" : "done";
  reportTarget(context, item, { status, reasons, error: failure });
}

/**
 * Reports the targets that stay although the manifest no longer wants them, except those whose
 * removal was planned: they have a result.
 */
export function reportLeft(context: RunContext, { work }: PlannedInstalls, left: readonly LeftTarget[]): void {
  const planned = new Set(work.map(({ environment, targetPath }) => `${formatEnvironment(environment)} ${targetPath}`));
  for (const { skillId: skill, environment, path, reason, code } of left) {
    if (planned.has(`${formatEnvironment(environment)} ${path}`)) continue;
    const where = environment.kind === "local" ? path : `${path} in ${describeEnvironment(environment)}`;
    context.notice({ skill, severity: "info", code, stage: "install", message: `${where} is left alone: ${reason}` });
  }
}
