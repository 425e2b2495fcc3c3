import { applyRun } from "./apply/pipeline.js";
import { repairRun } from "./apply/repair-run.js";
import { WARM_TIMEOUT_MS, warmRun, type WarmOptions } from "./apply/warm-run.js";
import { planRun } from "./deploy/plan-run.js";
import { takeOutSkills } from "./edit/edit-skill.js";
import type { Problem } from "./errors.js";
import { audit, type AuditReport } from "./upkeep/audit.js";
import { clean, type CleanReport, type CleanRequest } from "./upkeep/clean.js";
import { doctor, type DoctorReport } from "./doctor/doctor.js";
import { history, type HistoryReport } from "./history/history.js";
import { inventory, type Inventory } from "./edit/inventory.js";
import { outdated, type OutdatedReport } from "./update/outdated.js";
import { registryUpdate, type RegistryUpdateReport } from "./registry/registry-update.js";
import { search, type SearchReport } from "./registry/search.js";
import { earlierState, jobOf, rollbackRun } from "./history/rollback-run.js";
import { adoptRun } from "./import/adopt.js";
import { idsAlreadyThere } from "./import/skipped-entry.js";
import { importForeign, type ImportReport, type ImportRequest } from "./import/import-foreign.js";
import { completeRequest, type InstallRequest } from "./install/install-request.js";
import { installRun } from "./install/install-run.js";
import { chooseFromSource } from "./install/prepare-install.js";
import type { Manifest } from "./manifest/document/manifest.js";
import type { PlanItem } from "./plan/plan.js";
import { Cancellations } from "./run/cancellations.js";
import type { RunEvent } from "./run/events.js";
import type { RunOptions } from "./run/options.js";
import type { Report } from "./run/report.js";
import { inRun, type RunContext } from "./run/run-context.js";
import { openStore } from "./store/store.js";
import { currentHost, isolated } from "./system/host.js";
import { previewUpdate, type UpdatePreview } from "./update/preview-update.js";
import type { Job } from "./workspace/job.js";
import { loadManifest } from "./workspace/load-manifest.js";
import { withInstallLock } from "./workspace/manifest-lock.js";
import { manifestNotice } from "./workspace/notices.js";
import { requireApart } from "./workspace/require-apart.js";
import { scopeOf, select } from "./workspace/select.js";

/**
 * Makes a machine match its manifest, in two phases:
 *
 *   manifest, lockfile → Phase A: sync every repository, bounded and in parallel → barrier → plan → Phase B: install, one writer per
 *   target directory → lockfile → report
 *
 * One instance may run several times; each run reads everything anew.
 */
export class SkillReactor {
  readonly #options: RunOptions;
  readonly #running = new Set<Cancellations>();
  readonly #listeners = new Set<(event: RunEvent) => void>();

  constructor(options: RunOptions = {}) {
    this.#options = options.isolated === true ? { ...options, host: isolated(options.host ?? currentHost()) } : options;
  }

  /** Tells every event of every run, as it happens. Returns the way to stop listening. What a listener throws is dropped. */
  on(listener: (event: RunEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /**
   * Applies the manifest. Failures of single skills are in the report; its `exit_code` says what they come to.
   * @throws EdenError before anything is written: what is wrong with the manifest (with all problems), `UNKNOWN_SKILL`,
   *   `LOCK_OUT_OF_DATE`, `STATE_UNREADABLE`.
   */
  async apply(): Promise<Report> {
    const command = this.#options.update === true ? "update" : "apply";
    const job = await this.#load();
    return await this.#inRun({ command, manifest: job.manifest }, async (context) => await applyRun(context, job));
  }

  /**
   * Moves the pins of the skills to what their refs are now, and applies.
   * @throws EdenError as `apply`.
   */
  async update(): Promise<Report> {
    const job = await this.#load();
    const start = { command: "update", manifest: job.manifest, options: { ...this.#options, update: true } };
    return await this.#inRun(start, async (context) => await applyRun(context, job));
  }

  /** Which pins are behind their refs; changes nothing but mirrors. @throws EdenError as `apply`. */
  async outdated(): Promise<OutdatedReport> {
    return await outdated(this.#options);
  }

  /** What is wrong on this machine, and what agents see; changes nothing. @throws EdenError as `apply`. */
  async doctor({ warnings = true }: { warnings?: boolean } = {}): Promise<DoctorReport> {
    return await doctor(this.#options, warnings);
  }

  /** Findings about the content of the skills; changes nothing. @throws EdenError as `apply`. */
  async audit(): Promise<AuditReport> {
    return await audit(this.#options);
  }

  /** The earlier states of the manifest. @throws EdenError as `apply`. */
  async history(): Promise<HistoryReport> {
    return await history(this.#options);
  }

  /** What the manifest has. @throws EdenError as `apply`. */
  async list(): Promise<Inventory> {
    return await inventory(this.#options);
  }

  /** Removes from the storage what no manifest needs. @throws EdenError `MANIFEST_UNREADABLE` before anything is removed. */
  async clean({ dryRun = false, all = false, history: kept }: Partial<CleanRequest> = {}): Promise<CleanReport> {
    return await clean(this.#options, { dryRun, all, history: kept });
  }

  /** Looks for a word in the registries of the manifest. @throws EdenError `MISSING_REGISTRIES`. */
  async search(word: string): Promise<SearchReport> {
    return await search(this.#options, word);
  }

  /** Updates the indexes of registries, of all by default. @throws EdenError `MISSING_REGISTRIES`, `UNKNOWN_REGISTRY`. */
  async updateRegistries(names: readonly string[] = []): Promise<RegistryUpdateReport> {
    return await registryUpdate(this.#options, names);
  }

  /**
   * Phase A alone: brings what the manifest names into the store, in batches, and touches no target. Best effort: its outcome is `failed`
   * only when every skill failed.
   * @param how skills a batch (32), milliseconds between two batches (0), and a bundle to write of exactly what is locked.
   * @throws EdenError as `apply`.
   */
  async warm(how: WarmOptions = {}): Promise<Report> {
    const { timeoutMs = WARM_TIMEOUT_MS } = this.#options;
    const options = { ...this.#options, timeoutMs, ...(how.bundle !== undefined && { frozen: true }) };
    const job = await this.#load();
    const start = { command: "warm", manifest: job.manifest, options };
    return await this.#inRun(start, async (context) => await warmRun(context, job, how));
  }

  /**
   * Applies the manifest, believing nothing of the store that cannot be proved: entries that were changed are brought anew, and what was there
   * is kept in the backups.
   * @throws EdenError as `apply`.
   */
  async repair(): Promise<Report> {
    const job = await this.#load();
    const start = { command: "repair", manifest: job.manifest };
    return await this.#inRun(start, async (context) => await repairRun(context, job));
  }

  /**
   * Takes skills out of the manifest, keeping its comments and order, and uninstalls them. A copy that was edited is moved to the backups;
   * what is not ours stays where it is.
   * @throws EdenError `UNKNOWN_SKILL` before anything is changed, and as `apply`.
   */
  async remove(ids: readonly string[]): Promise<Report> {
    // Without the state nothing could be uninstalled: then nothing is taken out either.
    const { manifest: before } = await this.#load();
    openStore(before.storageRoot).states.read(before.path);
    const { manifest, warnings, former } = await takeOutSkills(this.#options, ids);
    const job = { manifest, former, notices: warnings.map(manifestNotice), selected: [], scope: new Set(ids) };
    const start = { command: "remove", manifest, options: { ...this.#options, force: true } };
    const report = await this.#inRun(start, async (context) => await applyRun(context, job));
    return { ...report, removed: [...ids].toSorted() };
  }

  /**
   * Puts skills of a source into the manifest and installs them, all or nothing: when anything fails, manifest, lockfile and targets are as
   * they were. Where all skills of a source are wanted, and `atomic` is not set, those that cannot be installed are left out instead.
   * @throws EdenError when the source cannot be looked at, or the choice is not clear.
   */
  async install(asked: InstallRequest): Promise<Report> {
    const request = completeRequest(asked);
    const source = await chooseFromSource(this.#options, request);
    const { manifest, isLenient } = source;
    const options = { ...this.#options, atomic: !isLenient };
    return await this.#inRun({ command: "install", manifest, options }, async (context) => {
      return await withInstallLock(manifest, context.lock(manifest.path), async () => {
        return await installRun(context, { options: this.#options, request, source });
      });
    });
  }

  /**
   * Takes the skills that another tool's file names into the manifest, and installs nothing. With `adopt`, targets that hold exactly these
   * skills already count as ours from then on.
   * @throws EdenError for a file that cannot be read, or no target; what is wrong with a single skill is in `skipped`.
   */
  async importForeign(asked: Partial<ImportRequest> = {}): Promise<ImportReport> {
    const defaults = { file: null, targets: [], copy: false, project: false, dryRun: false, adopt: false };
    const request = { ...defaults, ...asked };
    const report = await importForeign(this.#options, request);
    if (!request.adopt || request.dryRun) return report;
    const { manifest } = await loadManifest({ ...this.#options, manifest: report.manifest });
    const selected = select(manifest, [...report.imported, ...idsAlreadyThere(report.skipped)]);
    const job = { manifest, notices: [], selected, scope: new Set(selected.map(({ id }) => id)) };
    const { adopted, skipped } =
      selected.length === 0
        ? { adopted: [], skipped: [] }
        : await this.#inRun({ command: "warm", manifest }, async (context) => await adoptRun(context, job));
    return { ...report, skipped: [...report.skipped, ...skipped], adopted };
  }

  /**
   * Brings an earlier state of the manifest back, without network: its text, its lockfile, its targets.
   * @param to the number of a record of the history; left out, the state before the current one.
   * @throws EdenError before anything is changed: `UNKNOWN_RECORD`, `OFFLINE_MISS`, `MANIFEST_CHANGED`, and as `apply`.
   */
  async rollback(to?: number): Promise<Report> {
    const state = await earlierState(this.#options, to ?? null);
    const { manifest } = state;
    const { fromBundle: _, ...others } = this.#options;
    const options = { ...others, offline: true, update: false, frozen: false, atomic: false, ids: [] };
    return await this.#inRun({ command: "rollback", manifest, options }, async (context) => {
      return await rollbackRun(context, state);
    });
  }

  /**
   * What an update would bring: each skill's commit as it is pinned and as its ref is now, the files that differ, and what deserves a look
   * in what is new. Contents are fetched into mirrors and store; targets, lockfile and state stay as they are.
   * @throws EdenError as `apply`.
   */
  async previewUpdate(): Promise<UpdatePreview> {
    const isForced = this.#options.force === true;
    const options = { ...this.#options, update: true, force: true };
    const job = await this.#load();
    const start = { command: "update", manifest: job.manifest, options };
    return await this.#inRun(start, async (context) => await previewUpdate(context, job, isForced));
  }

  async #inRun<T>(
    { options = this.#options, ...start }: { command: string; manifest: Manifest; options?: RunOptions },
    work: (context: RunContext) => Promise<T>,
  ): Promise<T> {
    const cancellations = new Cancellations();
    this.#running.add(cancellations);
    try {
      return await inRun({ ...start, options, emit: this.#emit, cancellations }, work);
    } finally {
      this.#running.delete(cancellations);
    }
  }

  /**
   * Cancels single skills of the runs that are going on: what they alone need is stopped or not begun, and they are reported as
   * `cancelled`; all others go on. A skill whose repository serves others, too, is not installed. What is installed already stays, and an id
   * that a run does not have is none of its business.
   */
  cancel(ids: readonly string[]): void {
    for (const cancellations of this.#running) cancellations.add(ids);
  }

  /**
   * What `apply` would do, without network and without changing anything. A skill that was never synced has no source path yet.
   * @throws as `apply`.
   */
  async plan(): Promise<PlanItem[]> {
    return await this.#plan(await this.#load(), this.#options);
  }

  /** What `rollback` would do, without changing anything. @throws as `rollback`, but for what is lacking. */
  async planRollback(to?: number): Promise<PlanItem[]> {
    const job = jobOf(await earlierState(this.#options, to ?? null));
    return await this.#plan(job, { ...this.#options, frozen: false });
  }

  async #plan(job: Job, options: RunOptions): Promise<PlanItem[]> {
    requireApart(job.manifest.skills, job.selected);
    for (const notice of job.notices) this.#emit(notice);
    const warn = (warning: Problem) => this.#emit(manifestNotice(warning));
    return await planRun({ ...options, warn }, job);
  }

  async #load(): Promise<Job> {
    const { manifest, warnings } = await loadManifest(this.#options);
    const notices = warnings.map(manifestNotice);
    const selected = select(manifest, this.#options.ids ?? []);
    return { manifest, notices, selected, scope: scopeOf(selected, this.#options) };
  }

  readonly #emit = (event: RunEvent): void => {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch {
        // A listener must not change what a run does, nor end the program of whoever embeds it.
      }
    }
  };
}
