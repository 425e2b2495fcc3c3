import { EdenError, sanitize } from "../errors.js";
import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import { errorNotice } from "../run/notice.js";
import type { Report } from "../run/report.js";
import type { RunContext } from "../run/run-context.js";
import { exportBundle } from "../sync/export-bundle.js";
import type { Pace } from "../sync/sync-all.js";
import { signFile } from "../system/ssh-signature.js";
import { dropSignatures } from "../system/verify-signature.js";
import type { Job } from "../workspace/job.js";
import { contentPins } from "../workspace/site-pins.js";
import { syncRun } from "./pipeline.js";
import { reportOf } from "./report-of.js";
import type { Synced } from "./synced.js";

/** The options of a warm run. */
export interface WarmOptions extends Partial<Pace> {
  /**
   * Also write an archive of exactly what the lockfile pins; the lockfile must be up to date then.
   * Absolute path.
   */
  bundle?: string;
  /** Also push the skills that were synced to the remote store of the manifest. */
  push?: boolean;
  /** An ssh key that signs the archive. Absolute path. */
  sign?: string;
}

/**
 * The default timeout of one attempt, in milliseconds: slow repositories are fetched by the run
 * that needs them.
 */
export const WARM_TIMEOUT_MS = 10_000;

/** The default size of a batch, in skills. */
const BATCH_SIZE = 32;

/**
 * Phase A only: fetches missing content into the store, batch by batch. No target, lockfile or
 * state is changed. The resolution of a ref is stored beside the mirror, so that an offline apply
 * finds it.
 * @throws EdenError as `look`.
 */
export async function warmRun(
  context: RunContext,
  job: Job,
  { batchSize = BATCH_SIZE, batchPauseMs = 0, bundle, sign, push = false }: WarmOptions,
): Promise<Report> {
  if (push) requireRemoteStore(context, job.manifest);
  const pace = { batchSize: Math.max(1, batchSize), batchPauseMs };
  const synced = await syncRun(context, neededOf(job), { pace });
  if (bundle !== undefined) await bundleUp(context, synced, { path: bundle, key: sign ?? null });
  if (push) await pushSynced(context, synced);
  return reportOf(context, synced);
}

/** @throws EdenError `STORE_NOT_SET`, `OFFLINE_MISS`. */
function requireRemoteStore({ settings }: RunContext, { path, remoteStore }: Manifest): void {
  if (remoteStore === null) throw new EdenError("STORE_NOT_SET", `${path} has no \`remote\` in [store]`);
  if (settings.offline) throw new EdenError("OFFLINE_MISS", "--offline allows no push", { stage: "push" });
}

/** Pushes the skills of repositories; others have no commit, and are read from their directories. */
async function pushSynced(context: RunContext, { machine, selected, results }: Synced): Promise<void> {
  const skills = selected.flatMap(({ id, source }) => {
    const result = results.get(id);
    if (source.kind !== "repository" || result === undefined || "error" in result) return [];
    return [{ id, source, version: result.synced.version }];
  });
  const { pushSkills } = await import("../remote-store/push-skills.js");
  try {
    await pushSkills(context, machine.manifest, skills, ({ id: skill }, result) => {
      const status = typeof result === "string" ? result : "failed";
      context.emit({ type: "skill-pushed", at: context.clock.now(), skill, status });
      if (typeof result !== "string") context.notice({ skill, ...errorNotice(result.error, "push") });
    });
  } catch (error) {
    if (!(error instanceof EdenError)) throw error;
    context.notice(errorNotice(error, "push"));
  }
}

/** The skills of this machine; named ones also if they are for other machines. */
function neededOf(job: Job): Job {
  if (job.scope === "all") return { ...job, selected: job.selected.filter(({ isHere }) => isHere) };
  const here = (skill: ManifestSkill) => ({ ...skill, isHere: true });
  const manifest = { ...job.manifest, skills: job.manifest.skills.map(here) };
  return { ...job, manifest, selected: job.selected.map(here) };
}

/** All or nothing: an incomplete bundle would be noticed only on a machine without network. */
async function bundleUp(
  context: RunContext,
  { machine, selected, results }: Synced,
  { path, key }: { path: string; key: string | null },
): Promise<void> {
  const notice = (severity: "error" | "warning", code: string, message: string, hint: string | null = null) =>
    context.notice({ severity, code, stage: "bundle", message, hint });
  const failed = [...results].filter(([, result]) => "error" in result).map(([id]) => id);
  if (failed.length > 0) {
    notice("error", "BUNDLE_INCOMPLETE", `no bundle was written: ${sanitize(failed.join(", "))} could not be fetched`);
    return;
  }
  try {
    const { manifest, found } = machine;
    const enabled = selected.filter(({ enabled: isEnabled }) => isEnabled);
    dropSignatures(path);
    const left = await exportBundle(manifest, enabled, contentPins(manifest, found.lockfile), path);
    if (key !== null) await signFile(context, path, key);
    if (left.length > 0) notice("warning", "BUNDLE_WITHOUT", `not in the bundle, since not pinned: ${left.join(", ")}`);
  } catch (error) {
    if (!(error instanceof EdenError)) throw error;
    notice("error", error.code, error.message, error.facts.hint ?? null);
  }
}
