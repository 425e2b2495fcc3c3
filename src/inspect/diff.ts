import type { StartOptions } from "../run/options.js";
import type { RunContext } from "../run/run-context.js";
import type { Job } from "../workspace/job.js";
import { requireApart } from "../workspace/require-apart.js";
import { diffInstalled } from "./diff-installed.js";
import { diffUpstream } from "./diff-upstream.js";
import type { DiffReport } from "./skill-diffs.js";

/**
 * What differs from the pins: what is installed, or with `upstream` what the refs have now. Nothing
 * but mirrors and store is changed.
 */
export async function diff(context: RunContext, job: Job, upstream: boolean): Promise<DiffReport> {
  requireApart(job.manifest.skills, job.selected);
  const skills = await (upstream ? diffUpstream(context, job) : diffInstalled(context, job));
  const different = skills.filter(({ status }) => status !== "same").length;
  return { schema_version: 1, command: "diff", upstream, different, skills };
}

/** A comparison with the refs is a run that would move pins. */
export function diffOptions(options: StartOptions, upstream: boolean): StartOptions {
  return { ...options, frozen: false, atomic: false, ...(upstream && { update: true, force: true }) };
}
