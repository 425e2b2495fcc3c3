import type { WarmOptions } from "./apply/warm-run.js";
import type { ImportReport, ImportRequest } from "./import/import-foreign.js";
import type { InstallRequest } from "./install/install-request.js";
import type { InstallPlan, SourceReport } from "./install/plan-install.js";
import type { DiffReport } from "./inspect/skill-diffs.js";
import type { ShowReport } from "./inspect/shown-skill.js";
import { ManifestCommands } from "./manifest-commands.js";
import type { PlanItem } from "./plan/plan.js";
import type { Proposal, ProposeRequest } from "./propose/propose.js";
import { ReactorRuns } from "./reactor-runs.js";
import type { RunEvent } from "./run/events.js";
import type { RunOptions } from "./run/options.js";
import type { Report } from "./run/report.js";
import type { OutdatedReport } from "./update/outdated.js";
import type { UpdatePreview } from "./update/preview-update.js";
import type { CleanReport, CleanRequest } from "./upkeep/clean.js";

/**
 * Makes a machine match its manifest. Each command of the command line is a method; `apply` is:
 * manifest → Phase A: sync all repositories → barrier → Phase B: install → lockfile → report.
 *
 * One instance may run several times; each run reads everything again. Every method that reads the
 * manifest throws an EdenError for a manifest that is missing or has problems, before it changes
 * anything.
 */
export class SkillReactor extends ManifestCommands {
  readonly #runs: ReactorRuns;

  constructor(options: RunOptions = {}) {
    const runs = new ReactorRuns(options);
    super(runs.options);
    this.#runs = runs;
  }

  get #options(): RunOptions {
    return this.#runs.options;
  }

  /**
   * Calls `listener` with every event of every run. Its exceptions are ignored. Returns the
   * function that removes it.
   */
  on(listener: (event: RunEvent) => void): () => void {
    return this.#runs.on(listener);
  }

  /**
   * Cancels skills of the active runs: work for them alone is stopped, they are reported as
   * `cancelled`, and other skills are not affected. Installed skills stay. Unknown ids are ignored.
   */
  cancel(ids: readonly string[]): void {
    this.#runs.cancel(ids);
  }

  /**
   * Applies the manifest. Failures of single skills are in the report, with its `exit_code`.
   * @throws EdenError before anything is written: problems of the manifest (all of them),
   *   `UNKNOWN_SKILL`, `LOCK_OUT_OF_DATE`, `STATE_UNREADABLE`.
   */
  async apply(): Promise<Report> {
    const { applyRun } = await import("./apply/pipeline.js");
    return await this.#runs.startJob("apply", this.#options, applyRun);
  }

  /** Moves the pins of the skills to the current commits of their refs, and applies. */
  async update(): Promise<Report> {
    const { updateRun } = await import("./update/update-run.js");
    return await this.#runs.startJob("update", { ...this.#options, update: true }, updateRun);
  }

  /**
   * Applies the manifest, fetches damaged entries of the store again, and keeps them in the
   * backups.
   */
  async repair(): Promise<Report> {
    const { repairRun } = await import("./apply/repair-run.js");
    return await this.#runs.startJob("repair", this.#options, repairRun);
  }

  /**
   * Phase A alone: brings the skills into the store, in batches. Its outcome is `failed` only if
   * every skill failed.
   * @param how skills per batch (32), milliseconds between batches (0), and a bundle to write.
   */
  async warm(how: WarmOptions = {}): Promise<Report> {
    const { warmRun, WARM_TIMEOUT_MS } = await import("./apply/warm-run.js");
    const { timeoutMs = WARM_TIMEOUT_MS } = this.#options;
    const options = { ...this.#options, timeoutMs, ...(how.bundle !== undefined && { frozen: true }) };
    return await this.#runs.startJob("warm", options, async (context, job) => await warmRun(context, job, how));
  }

  /** The actions of `apply`, without network and without changes. */
  async plan(): Promise<PlanItem[]> {
    return await this.#runs.plan(await this.#runs.load());
  }

  /**
   * The changes of an update: commits, files, and risks of new content. It fetches into mirrors and
   * store; targets, lockfile and state stay as they are.
   */
  async previewUpdate(): Promise<UpdatePreview> {
    const { previewUpdate } = await import("./update/preview-update.js");
    const isForced = this.#options.force === true;
    const options = { ...this.#options, update: true, force: true };
    return await this.#runs.startJob("update", options, async (context, job) => {
      return await previewUpdate(context, job, isForced);
    });
  }

  /**
   * Proposes the update of a group of skills, or of all, as a pull request, and renews or closes the
   * one that is there. It changes mirrors, store, and one branch of the remote.
   * @throws EdenError `USAGE`, `TOKEN_MISSING`, `BASE_MOVED`, `PUSH_REFUSED`, `API_…`, `FETCH_…`.
   */
  async propose(asked: ProposeRequest): Promise<Proposal> {
    const { propose } = await import("./propose/propose.js");
    const groups = asked.group === null ? [] : [asked.group];
    const options = { ...this.#options, ids: [], groups, update: true, force: true };
    const job = await this.#runs.load(options);
    return await this.#runs.start({ command: "propose", manifest: job.manifest, options }, async (context) => {
      return await propose(context, job, asked);
    });
  }

  /** The pins that are behind their refs. It changes nothing but mirrors. */
  async outdated(): Promise<OutdatedReport> {
    const { outdated } = await import("./update/outdated.js");
    return await outdated(this.#options);
  }

  /**
   * Adds skills of a source to the manifest and installs them, all or nothing: after a failure,
   * manifest, lockfile and targets are as before. If all skills of a source are requested without
   * `atomic`, those that cannot be installed are left out instead.
   * @throws EdenError if the source cannot be read, or the choice is ambiguous.
   */
  async install(asked: InstallRequest): Promise<Report> {
    const { installSkills } = await import("./edit-and-install.js");
    return await installSkills(this.#runs, asked);
  }

  /** The changes of `install`, and its plan. It changes nothing but mirrors and store. */
  async planInstall(asked: InstallRequest): Promise<{ report: InstallPlan; items: PlanItem[] }> {
    const { planInstall } = await import("./install/plan-install.js");
    return await planInstall(this.#options, asked);
  }

  /** The skills of a source. It changes nothing but the mirror. */
  async sourceSkills(asked: InstallRequest): Promise<SourceReport> {
    const { sourceSkills } = await import("./install/plan-install.js");
    return await sourceSkills(this.#options, asked);
  }

  /**
   * Removes skills from the manifest, keeping its comments and order, and uninstalls them. An
   * edited copy is moved to the backups; targets that are not ours stay.
   * @throws EdenError `UNKNOWN_SKILL` before anything is changed.
   */
  async remove(ids: readonly string[]): Promise<Report> {
    const { removeSkills } = await import("./edit-and-install.js");
    return await removeSkills(this.#runs, ids);
  }

  /**
   * Restores an earlier state of the manifest without network: its text, its lockfile, its targets.
   * @param to the number of a record of the history; default: the state before the current one.
   * @throws EdenError before anything is changed: `UNKNOWN_RECORD`, `OFFLINE_MISS`,
   *   `MANIFEST_CHANGED`.
   */
  async rollback(to?: number): Promise<Report> {
    const { rollback } = await import("./edit-and-install.js");
    return await rollback(this.#runs, to ?? null);
  }

  /** The actions of `rollback`, without changes. */
  async planRollback(to?: number): Promise<PlanItem[]> {
    const { planRollback } = await import("./edit-and-install.js");
    return await planRollback(this.#runs, to ?? null);
  }

  /**
   * Describes one skill: its SKILL.md, files, origin and targets. It changes nothing but mirrors and
   * store.
   * @param subject an id in the manifest, else a source as `install` takes it.
   * @param name the skill of a source with several; without it they are listed.
   * @throws EdenError `UNKNOWN_SKILL`; if the source or the content cannot be fetched.
   */
  async show(subject: string, name: string | null = null): Promise<ShowReport> {
    const { show, showOptions } = await import("./inspect/show.js");
    const { manifestPlace } = await import("./workspace/manifest-place.js");
    const options = showOptions(this.#options);
    const { manifest } = await manifestPlace(options, false);
    return await this.#runs.start({ command: "show", manifest, options }, async (context) => {
      return await show(context, manifest, { subject, name });
    });
  }

  /**
   * The text of what differs from the pins: in what is installed, or with `upstream` in what the
   * refs have now. It changes nothing but mirrors and store.
   */
  async diff({ upstream = false }: { upstream?: boolean } = {}): Promise<DiffReport> {
    const { diff, diffOptions } = await import("./inspect/diff.js");
    const options = diffOptions(this.#options, upstream);
    return await this.#runs.startJob("diff", options, async (context, job) => await diff(context, job, upstream));
  }

  /**
   * Clones the repository of a skill at its pinned commit, and lets its targets lead there.
   * @param directory for the clone; null for `./<id>-dev`. An existing clone is used as it is.
   */
  async dev(id: string, directory: string | null = null): Promise<Report> {
    const { startDevelopment } = await import("./develop/start-development.js");
    const options = { ...this.#options, ids: [id] };
    const job = await this.#runs.load(options);
    return await this.#runs.start({ command: "dev", manifest: job.manifest, options }, async (context) => {
      return await startDevelopment(context, job, directory);
    });
  }

  /** Installs the pinned content of a skill in development, or of all, again; the clones stay. */
  async stopDev(id: string | null = null): Promise<Report> {
    const { stopDevelopment } = await import("./develop/stop-development.js");
    return await this.#runs.startJob("dev", this.#options, async (context, job) => {
      return await stopDevelopment(context, job, id);
    });
  }

  /**
   * Removes unused data from the storage.
   * @throws EdenError `MANIFEST_UNREADABLE` before a removal.
   */
  async clean({ dryRun = false, all = false, history: kept }: Partial<CleanRequest> = {}): Promise<CleanReport> {
    const { clean } = await import("./upkeep/clean.js");
    return await clean(this.#options, { dryRun, all, history: kept });
  }

  /**
   * Imports the skills of another tool's file; installs nothing. With `adopt`, targets that already
   * have exactly these skills become ours.
   * @throws EdenError for an unreadable file, or without targets; problems of one skill are in
   *   `skipped`.
   */
  async importForeign(asked: Partial<ImportRequest> = {}): Promise<ImportReport> {
    const { importSkills } = await import("./edit-and-install.js");
    return await importSkills(this.#runs, asked);
  }
}
