import { currentHost } from "../system/host.js";
import { systemClock } from "../system/clock.js";
import type { Manifest, ManifestSkill, Problem } from "../manifest/manifest.js";
import type { PlanItem } from "../plan/plan.js";
import { applyRun } from "./apply-run.js";
import { Cancellations } from "./cancellations.js";
import type { RunEvent } from "./events.js";
import { loadManifest } from "./load-manifest.js";
import type { RunOptions } from "./options.js";
import type { ApplyInput } from "./run-context.js";
import { select } from "./select.js";
import { warmRun, type WarmOptions } from "./warm-run.js";
import { planRun } from "./plan-run.js";
import type { Report } from "./report.js";

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
    this.#options = options;
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
    return await this.#run(applyRun);
  }

  /**
   * Phase A alone: brings what the manifest names into the store, in batches, and touches no target. Best effort: its outcome is `failed`
   * only when every skill failed.
   * @param how skills a batch (32), milliseconds between two batches (0), and a bundle to write of exactly what is locked.
   * @throws EdenError as `apply`.
   */
  async warm(how: WarmOptions = {}): Promise<Report> {
    return await this.#run(async (input) => await warmRun(input, how));
  }

  async #run(story: (input: ApplyInput) => Promise<Report>): Promise<Report> {
    const { manifest, notices, selected } = await this.#load();
    const cancellations = new Cancellations();
    this.#running.add(cancellations);
    const endings: (() => void)[] = [];
    try {
      return await story({
        manifest,
        notices,
        selected,
        options: bundled(this.#options),
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
    for (const notice of notices) this.#emit(notice);
    return await planRun(manifest, selected, this.#options, this.#host.home);
  }

  async #load(): Promise<{ manifest: Manifest; notices: RunEvent[]; selected: ManifestSkill[] }> {
    const { manifest, warnings } = await loadManifest(this.#options);
    const notices = warnings.map(manifestNotice);
    return { manifest, notices, selected: select(manifest, this.#options.ids ?? []) };
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

function manifestNotice({ code, path, message, line, column }: Problem): RunEvent {
  const place = line === null ? "" : ` (${line}:${column ?? 1})`;
  return {
    type: "notice",
    at: 0,
    skill: null,
    severity: "warning",
    code,
    stage: "manifest",
    message: `${path === "" ? "" : `${path}: `}${message}${place}`,
    hint: null,
  };
}
