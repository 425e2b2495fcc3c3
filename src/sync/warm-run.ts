import { EdenError, sanitize } from "../errors.js";
import { exportBundle } from "./export-bundle.js";
import { pinsOf } from "../workspace/pins.js";
import type { Report } from "../run/report.js";
import type { ApplyInput } from "../run/run-context.js";
import type { Pace } from "./sync-all.js";
import { reportOf, syncRun, type SyncedRun } from "./sync-run.js";

/** How a warm run goes about it. */
export interface WarmOptions extends Partial<Pace> {
  /** Also write an archive of exactly what the lockfile pins; the lockfile must be up to date then. Absolute path. */
  bundle?: string;
}

/** Milliseconds for one attempt when nobody says anything: what is slow today is fetched by the run that needs it. */
const TIMEOUT_MS = 10_000;

/** Skills in a batch when nobody says anything. */
const BATCH_SIZE = 32;

/**
 * Phase A and nothing else: brings what is not in the store yet into it, batch by batch. No target, no lockfile and no state is touched; what
 * a ref was resolved to is remembered beside the mirror, so that an offline apply finds it.
 * @throws EdenError as `syncRun`.
 */
export async function warmRun(input: ApplyInput, how: WarmOptions): Promise<Report> {
  const { batchSize = BATCH_SIZE, batchPauseMs = 0, bundle } = how;
  const options = { ...input.options, timeoutMs: input.options.timeoutMs ?? TIMEOUT_MS };
  if (bundle !== undefined) options.frozen = true;
  const unhurried = { ...input, options };
  const synced = await syncRun(unhurried, { batchSize: Math.max(1, batchSize), batchPauseMs });
  if (bundle !== undefined) await bundleUp(synced, bundle);
  return reportOf(synced);
}

/** All or nothing: a bundle that lacks something would be found out on a machine that cannot help itself. */
async function bundleUp({ input, run, machine, results }: SyncedRun, path: string): Promise<void> {
  const { manifest, selected } = input;
  const tell = (severity: "error" | "warning", code: string, message: string, hint: string | null = null) =>
    run.emit({ type: "notice", at: run.clock.now(), skill: null, severity, code, stage: "bundle", message, hint });
  const failed = [...results].filter(([, result]) => "error" in result).map(([id]) => id);
  if (failed.length > 0) {
    tell("error", "BUNDLE_INCOMPLETE", `no bundle was written: ${sanitize(failed.join(", "))} could not be had`);
    return;
  }
  try {
    const enabled = selected.filter(({ enabled: isEnabled }) => isEnabled);
    const left = await exportBundle(manifest, enabled, pinsOf(manifest, machine.found.lockfile), path);
    if (left.length > 0) tell("warning", "BUNDLE_WITHOUT", `not in the bundle, since not pinned: ${left.join(", ")}`);
  } catch (error) {
    if (!(error instanceof EdenError)) throw error;
    tell("error", error.code, error.message, error.facts.hint ?? null);
  }
}
