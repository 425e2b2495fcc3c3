import type { Problem } from "./errors.js";
import { currentHost, isolated } from "./system/host.js";
import { systemClock } from "./system/clock.js";
import type { PlanItem } from "./plan/plan.js";
import { adoptRun } from "./import/adopt.js";
import { applyRun } from "./apply/apply-run.js";
import { Cancellations } from "./run/cancellations.js";
import { takeOutSkills } from "./edit/edit-skill.js";
import type { RunEvent } from "./run/events.js";
import { idsAlreadyThere } from "./import/skipped-entry.js";
import { importForeign, type ImportReport, type ImportRequest } from "./import/import-foreign.js";
import type { InstallRequest } from "./install/install-request.js";
import { installRun, type RunStory } from "./install/install-run.js";
import { loadManifest } from "./workspace/load-manifest.js";
import { withInstallLock } from "./workspace/manifest-lock.js";
import { manifestNotice } from "./workspace/notices.js";
import type { RunOptions } from "./run/options.js";
import type { ApplyInput, RunCommand } from "./run/run-context.js";
import { scopeOf, select } from "./workspace/select.js";
import { warmRun, type WarmOptions } from "./sync/warm-run.js";
import { chooseFromSource } from "./install/prepare-install.js";
import { previewUpdate, type UpdatePreview } from "./update/preview-update.js";
import { planRun } from "./deploy/plan-run.js";
import type { Report } from "./run/report.js";
import { requireApart } from "./workspace/require-apart.js";
import { repairRun } from "./apply/repair-run.js";
import { earlierState, rollbackRun } from "./history/rollback-run.js";
import { openStore } from "./store/store.js";

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
    return await this.#run(await this.#load(), command, this.#options, applyRun);
  }

  /**
   * Phase A alone: brings what the manifest names into the store, in batches, and touches no target. Best effort: its outcome is `failed`
   * only when every skill failed.
   * @param how skills a batch (32), milliseconds between two batches (0), and a bundle to write of exactly what is locked.
   * @throws EdenError as `apply`.
   */
  async warm(how: WarmOptions = {}): Promise<Report> {
    return await this.#run(await this.#load(), "warm", this.#options, async (input) => await warmRun(input, how));
  }

  /**
   * Applies the manifest, believing nothing of the store that cannot be proved: entries that were changed are brought anew, and what was there
   * is kept in the backups.
   * @throws EdenError as `apply`.
   */
  async repair(): Promise<Report> {
    return await this.#run(await this.#load(), "repair", this.#options, repairRun);
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
    const about = { manifest, former, notices: warnings.map(manifestNotice), selected: [], scope: new Set(ids) };
    const options = { ...this.#options, force: true };
    const report = await this.#run(about, "remove", options, applyRun);
    return { ...report, removed: [...ids].toSorted() };
  }

  /**
   * Puts skills of a source into the manifest and installs them, all or nothing: when anything fails, manifest, lockfile and targets are as
   * they were. Where all skills of a source are wanted, and `atomic` is not set, those that cannot be installed are left out instead.
   * @throws EdenError when the source cannot be looked at, or the choice is not clear.
   */
  async install(request: InstallRequest): Promise<Report> {
    const source = await chooseFromSource(this.#options, this.#host, request);
    const { signal } = this.#options;
    const lock = {
      clock: this.#clock,
      ...(signal !== undefined && { signal }),
      onWait: ({ pid }: { pid: number }) => this.#emit({ type: "waiting", at: 0, for: source.manifest.path, pid }),
    };
    const run: RunStory = async (about, options, story) => await this.#run(about, "install", options, story);
    return await withInstallLock(source.manifest, lock, async () => {
      return await installRun({ options: this.#options, host: this.#host, request, source }, run);
    });
  }

  /**
   * Takes the skills that another tool's file names into the manifest, and installs nothing. With `adopt`, targets that hold exactly these
   * skills already count as ours from then on.
   * @throws EdenError for a file that cannot be read, or no target; what is wrong with a single skill is in `skipped`.
   */
  async importForeign(request: ImportRequest): Promise<ImportReport> {
    const report = await importForeign(this.#options, request);
    if (!request.adopt || request.dryRun) return report;
    const { manifest } = await loadManifest({ ...this.#options, config: report.manifest });
    const selected = select(manifest, [...report.imported, ...idsAlreadyThere(report.skipped)]);
    const about = { manifest, notices: [], selected, scope: new Set(selected.map(({ id }) => id)) };
    const adoption = { adopted: [], skipped: [] };
    const { adopted, skipped } =
      selected.length === 0 ? adoption : await this.#run(about, "warm", this.#options, adoptRun);
    return { ...report, skipped: [...report.skipped, ...skipped], adopted };
  }

  /**
   * Brings an earlier state of the manifest back, without network: its text, its lockfile, its targets.
   * @param to the number of a record of the history; left out, the state before the current one.
   * @throws EdenError before anything is changed: `UNKNOWN_RECORD`, `OFFLINE_MISS`, `MANIFEST_CHANGED`, and as `apply`.
   */
  async rollback(to?: number): Promise<Report> {
    const state = await earlierState(this.#options, to ?? null);
    const { manifest, selected } = state;
    const about = { manifest, notices: state.warnings.map(manifestNotice), selected, scope: "all" as const };
    return await this.#run(about, "rollback", this.#options, async (input) => await rollbackRun(input, state));
  }

  /**
   * What an update would bring: each skill's commit as it is pinned and as its ref is now, the files that differ, and what deserves a look
   * in what is new. Contents are fetched into mirrors and store; targets, lockfile and state stay as they are.
   * @throws EdenError as `apply`.
   */
  async previewUpdate(): Promise<UpdatePreview> {
    return await this.#run(await this.#load(), "update", this.#options, previewUpdate);
  }

  async #run<T>(
    about: Pick<ApplyInput, "manifest" | "notices" | "selected" | "scope" | "former">,
    command: RunCommand,
    options: RunOptions,
    story: (input: ApplyInput) => Promise<T>,
  ): Promise<T> {
    requireApart(about.manifest.skills, about.selected);
    const cancellations = new Cancellations();
    this.#running.add(cancellations);
    const endings: (() => void)[] = [];
    try {
      return await story({
        ...about,
        command,
        options: bundled(options),
        host: this.#host,
        clock: this.#clock,
        cancellations,
        emit: this.#emit,
        atEnd: (act) => void endings.push(act),
      });
    } finally {
      for (const act of endings) act();
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
    const { manifest, notices, selected } = await this.#load();
    requireApart(manifest.skills, selected);
    for (const notice of notices) this.#emit(notice);
    const warn = (warning: Problem) => this.#emit(manifestNotice(warning));
    return await planRun(manifest, selected, { ...this.#options, warn }, this.#host.home);
  }

  /** What `rollback` would do, without changing anything. @throws as `rollback`, but for what is lacking. */
  async planRollback(to?: number): Promise<PlanItem[]> {
    const state = await earlierState(this.#options, to ?? null);
    requireApart(state.manifest.skills, state.selected);
    for (const notice of state.warnings.map(manifestNotice)) this.#emit(notice);
    const options = { ...this.#options, frozen: false, ids: [] };
    return planRun(state.manifest, state.selected, options, this.#host.home, state.record.lockfile);
  }

  async #load(): Promise<Pick<ApplyInput, "manifest" | "notices" | "selected" | "scope">> {
    const { manifest, warnings } = await loadManifest(this.#options);
    const notices = warnings.map(manifestNotice);
    const selected = select(manifest, this.#options.ids ?? []);
    return { manifest, notices, selected, scope: scopeOf(selected, this.#options) };
  }

  get #host() {
    return this.#options.host ?? currentHost();
  }

  get #clock() {
    return this.#options.clock ?? systemClock;
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

/** What comes from a bundle comes from nowhere else, and is what the lockfile says. */
function bundled(options: RunOptions): RunOptions {
  return options.fromBundle === undefined ? options : { ...options, frozen: true, offline: true };
}
