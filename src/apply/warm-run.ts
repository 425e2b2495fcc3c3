import { EdenError, sanitize } from "../errors.js";
import type { Report } from "../run/report.js";
import type { RunContext } from "../run/run-context.js";
import { exportBundle } from "../sync/export-bundle.js";
import type { Pace } from "../sync/sync-all.js";
import type { Job } from "../workspace/job.js";
import { pinsOf } from "../workspace/pins.js";
import { syncRun } from "./pipeline.js";
import { reportOf } from "./report-of.js";
import type { Synced } from "./synced.js";

/** How a store is warmed. */
export interface WarmOptions extends Partial<Pace> {
  /** Also write an archive of exactly what the lockfile pins; the lockfile must be up to date then. Absolute path. */
  bundle?: string;
}

/** Milliseconds for one attempt by default: what is slow today is fetched by the run that needs it. */
export const WARM_TIMEOUT_MS = 10_000;

/** Skills in a batch by default. */
const BATCH_SIZE = 32;

/**
 * Phase A and nothing else: brings what is not in the store yet into it, batch by batch. No target, no lockfile and no state is touched; what
 * a ref was resolved to is remembered beside the mirror, so that an offline apply finds it.
 * @throws EdenError as `look`.
 */
export async function warmRun(
  context: RunContext,
  job: Job,
  { batchSize = BATCH_SIZE, batchPauseMs = 0, bundle }: WarmOptions,
): Promise<Report> {
  const pace = { batchSize: Math.max(1, batchSize), batchPauseMs };
  const synced = await syncRun(context, job, { pace });
  if (bundle !== undefined) await bundleUp(context, synced, bundle);
  return reportOf(context, synced);
}

/** All or nothing: a bundle that misses something would be noticed on a machine without network. */
async function bundleUp(context: RunContext, { machine, selected, results }: Synced, path: string): Promise<void> {
  const notice = (severity: "error" | "warning", code: string, message: string, hint: string | null = null) =>
    context.notice({ severity, code, stage: "bundle", message, hint });
  const failed = [...results].filter(([, result]) => "error" in result).map(([id]) => id);
  if (failed.length > 0) {
    notice("error", "BUNDLE_INCOMPLETE", `no bundle was written: ${sanitize(failed.join(", "))} could not be had`);
    return;
  }
  try {
    const { manifest, found } = machine;
    const enabled = selected.filter(({ enabled: isEnabled }) => isEnabled);
    const left = await exportBundle(manifest, enabled, pinsOf(manifest, found.lockfile), path);
    if (left.length > 0) notice("warning", "BUNDLE_WITHOUT", `not in the bundle, since not pinned: ${left.join(", ")}`);
  } catch (error) {
    if (!(error instanceof EdenError)) throw error;
    notice("error", error.code, error.message, error.facts.hint ?? null);
  }
}
