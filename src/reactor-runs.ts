import { resolve } from "node:path";
import type { Problem } from "./errors.js";
import type { Manifest } from "./manifest/document/manifest.js";
import type { PlanItem } from "./plan/plan.js";
import { Cancellations } from "./run/cancellations.js";
import type { RunEvent } from "./run/events.js";
import type { RunOptions, StartOptions } from "./run/options.js";
import type { RunContext } from "./run/run-context.js";
import { currentHost, isolated } from "./system/host.js";
import { openImageRoot } from "./system/image-root.js";
import { requireKnown } from "./system/known-directory.js";
import type { Job } from "./workspace/job.js";
import { loadManifest } from "./workspace/load-manifest.js";
import { elsewhereNotice, manifestNotice } from "./workspace/notices.js";
import { requireApart } from "./workspace/require-apart.js";
import { scopeOf, select } from "./workspace/select.js";

/** @throws EdenError as `openImageRoot`. */
function hostOf({ isolated: isIsolated, root, rootUser, host }: RunOptions): Pick<RunOptions, "host"> {
  if (isIsolated !== true && root === undefined) return {};
  const own = host ?? currentHost();
  const image =
    root === undefined ? {} : { root: openImageRoot(requireKnown(resolve(own.cwd, root)), rootUser ?? null) };
  return { host: { ...(isIsolated === true ? isolated(own) : own), ...image } };
}

/** The runs of one reactor: their options, their listeners, and the way to cancel skills. */
export class ReactorRuns {
  readonly options: RunOptions;
  readonly #running = new Set<Cancellations>();
  readonly #listeners = new Set<(event: RunEvent) => void>();

  constructor(options: RunOptions) {
    if (options.onEvent !== undefined) this.on(options.onEvent);
    this.options = { ...options, ...hostOf(options), onEvent: this.#emit };
  }

  /** Adds a listener. Returns the function that removes it. */
  on(listener: (event: RunEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Cancels skills in all active runs. */
  cancel(ids: readonly string[]): void {
    for (const cancellations of this.#running) cancellations.add(ids);
  }

  /** Does `work` in a run of its own. `options` replace those of the reactor. */
  async start<T>(
    { options = this.options, ...start }: { command: string; manifest: Manifest; options?: StartOptions },
    work: (context: RunContext) => Promise<T>,
  ): Promise<T> {
    const cancellations = new Cancellations();
    this.#running.add(cancellations);
    try {
      const { inRun } = await import("./run/run-context.js");
      return await inRun({ ...start, options, cancellations }, work);
    } finally {
      this.#running.delete(cancellations);
    }
  }

  /** Loads the manifest, and does `work` for its selected skills in a run. */
  async startJob<T>(
    command: string,
    options: StartOptions,
    work: (context: RunContext, job: Job) => Promise<T>,
  ): Promise<T> {
    const job = await this.load();
    return await this.start({ command, manifest: job.manifest, options }, async (context) => await work(context, job));
  }

  /** The plan of a job. It changes nothing and uses no network. */
  async plan(job: Job, options: RunOptions = this.options): Promise<PlanItem[]> {
    requireApart(job.manifest.skills, job.selected);
    for (const notice of job.notices) this.#emit(notice);
    const warn = (warning: Problem) => this.#emit(manifestNotice(warning));
    const { planRun } = await import("./deploy/plan-run.js");
    return await planRun({ ...options, warn }, job);
  }

  /** The manifest and its selected skills. */
  async load(options: RunOptions = this.options): Promise<Job> {
    const { manifest, warnings } = await loadManifest(options);
    const selected = select(manifest, options);
    const scope = scopeOf(selected, options);
    const notices = [...warnings.map(manifestNotice), ...(scope === "all" ? [] : selected.flatMap(elsewhereNotice))];
    return { manifest, notices, selected, scope };
  }

  readonly #emit = (event: RunEvent): void => {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch {
        // A listener must not change a run, nor end the program that embeds it.
      }
    }
  };
}
