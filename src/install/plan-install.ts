import type { LeftOut } from "../source/discovery.js";
import { planRows, type PlanItem, type PlanRow } from "../plan/plan.js";
import { completeRequest, lookAtSource, type InstallRequest } from "./install-request.js";
import { manifestPlace } from "../workspace/manifest-place.js";
import { requireApart } from "../workspace/require-apart.js";
import type { RunOptions } from "../run/options.js";
import { inRun } from "../run/run-context.js";
import { planRun } from "../deploy/plan-run.js";
import { chooseFromSource, prepareInstall } from "./prepare-install.js";

/** The document of `install --list --json`. */
export interface SourceReport {
  schema_version: 1;
  command: "install";
  /** `path` is the skill's directory, relative to the root of the source. */
  skills: { name: string; description: string; path: string; warnings: string[] }[];
  skipped: Skipped[];
}

/**
 * Why an item of a source is not among its skills. `path` is a directory or a link, or the name of
 * a plugin in another source.
 */
export interface Skipped {
  path: string;
  reason: string;
}

/** The printed form. */
export function skippedOf(left: readonly LeftOut[]): Skipped[] {
  return left.map(({ path, reason }) => ({ path, reason }));
}

/** The skills of a source. Changes only the mirror. @throws EdenError if it cannot be read. */
export async function sourceSkills(options: RunOptions, asked: InstallRequest): Promise<SourceReport> {
  const request = completeRequest(asked);
  const { manifest } = await manifestPlace(options, request.project);
  const start = { command: "install", manifest, options };
  const opened = await inRun(start, async (context) => await lookAtSource(context, manifest, request));
  const { skills, skipped } = opened;
  const rows = skills.map(({ id, description, path, warnings }) => ({ name: id, description, path, warnings }));
  return { schema_version: 1, command: "install", skills: rows, skipped: skippedOf(skipped) };
}

/** The document of `install --dry-run --json`. */
export interface InstallPlan {
  schema_version: 1;
  command: "install";
  dry_run: true;
  manifest: string;
  would_install: string[];
  installed: string[];
  skipped: Skipped[];
  plan: PlanRow[];
}

/** The plan of an install. Changes only the mirror. @throws EdenError as the install. */
export async function planInstall(
  options: RunOptions,
  asked: InstallRequest,
): Promise<{ report: InstallPlan; items: PlanItem[] }> {
  const request = completeRequest(asked);
  const source = await chooseFromSource(options, request);
  const { place, wanted, edited, selected } = await prepareInstall(options, request, source);
  const job = { manifest: edited.manifest, selected, scope: new Set(wanted.ids), notices: [] };
  requireApart(job.manifest.skills, selected);
  const items = await planRun(options, job);
  const skipped = skippedOf([...source.opened.skipped, ...source.left, ...wanted.left]);
  const about = {
    manifest: place.manifest.path,
    would_install: wanted.ids,
    installed: [],
    skipped,
    plan: planRows(items),
  };
  return { report: { schema_version: 1, command: "install", dry_run: true, ...about }, items };
}
