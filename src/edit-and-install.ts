import { applyRun } from "./apply/pipeline.js";
import { takeOutSkills } from "./edit/edit-skill.js";
import { earlierState, jobOf, rollbackRun } from "./history/rollback-run.js";
import { adoptRun } from "./import/adopt.js";
import { importForeign, type ImportReport, type ImportRequest } from "./import/import-foreign.js";
import { idsAlreadyThere } from "./import/skipped-entry.js";
import { completeRequest, type InstallRequest } from "./install/install-request.js";
import { installRun } from "./install/install-run.js";
import { chooseFromSource } from "./install/prepare-install.js";
import type { PlanItem } from "./plan/plan.js";
import type { ReactorRuns } from "./reactor-runs.js";
import type { Report } from "./run/report.js";
import { dropDevelopments } from "./store/developments.js";
import { openRecords } from "./store/records.js";
import { loadManifest } from "./workspace/load-manifest.js";
import { withInstallLock } from "./workspace/manifest-lock.js";
import { manifestNotice } from "./workspace/notices.js";
import { select } from "./workspace/select.js";

// The commands that change manifest and machine together.

/** As `SkillReactor.install`. */
export async function installSkills(runs: ReactorRuns, asked: InstallRequest): Promise<Report> {
  const { options } = runs;
  const request = completeRequest(asked);
  const source = await chooseFromSource(options, request);
  const { manifest, isLenient } = source;
  const start = { command: "install", manifest, options: { ...options, atomic: !isLenient } };
  return await runs.start(start, async (context) => {
    return await withInstallLock(manifest, context.lock(manifest.path), async () => {
      return await installRun(context, { options, request, source });
    });
  });
}

/** As `SkillReactor.remove`. */
export async function removeSkills(runs: ReactorRuns, ids: readonly string[]): Promise<Report> {
  // Without the state nothing could be uninstalled: then the manifest is not changed either.
  const { manifest: before } = await runs.load();
  openRecords(before).states.read(before.path);
  const { manifest, warnings, former } = await takeOutSkills(runs.options, ids);
  const job = { manifest, former, notices: warnings.map(manifestNotice), selected: [], scope: new Set(ids) };
  const start = { command: "remove", manifest, options: { ...runs.options, force: true } };
  const report = await runs.start(start, async (context) => await applyRun(context, job));
  if (manifest.root === undefined) dropDevelopments(manifest.storageRoot, manifest.path, new Set(ids));
  return { ...report, removed: [...ids].toSorted() };
}

/** As `SkillReactor.rollback`; null for the state before the current one. */
export async function rollback(runs: ReactorRuns, to: number | null): Promise<Report> {
  const state = await earlierState(runs.options, to);
  const { fromBundle: _, bundleSigners: _signers, ...others } = runs.options;
  const options = { ...others, offline: true, frozen: false, atomic: false, ids: [] };
  const start = { command: "rollback", manifest: state.manifest, options };
  return await runs.start(start, async (context) => await rollbackRun(context, state));
}

/** The actions of `rollback`, without changes. */
export async function planRollback(runs: ReactorRuns, to: number | null): Promise<PlanItem[]> {
  const job = jobOf(await earlierState(runs.options, to));
  return await runs.plan(job, { ...runs.options, frozen: false });
}

/** As `SkillReactor.importForeign`. */
export async function importSkills(runs: ReactorRuns, asked: Partial<ImportRequest>): Promise<ImportReport> {
  const defaults = { file: null, targets: [], copy: false, project: false, dryRun: false, adopt: false };
  const request = { ...defaults, ...asked };
  const report = await importForeign(runs.options, request);
  if (!request.adopt || request.dryRun) return report;
  const { manifest } = await loadManifest({ ...runs.options, manifest: report.manifest });
  const selected = select(manifest, { ids: [...report.imported, ...idsAlreadyThere(report.skipped)] });
  if (selected.length === 0) return { ...report, adopted: [] };
  const job = { manifest, notices: [], selected, scope: new Set(selected.map(({ id }) => id)) };
  // It ends at the barrier, as `warm` does, and has its limit.
  const start = { command: "warm", manifest };
  const { adopted, skipped } = await runs.start(start, async (context) => await adoptRun(context, job));
  return { ...report, skipped: [...report.skipped, ...skipped], adopted };
}
