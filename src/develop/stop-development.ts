import { applyRun } from "../apply/pipeline.js";
import { EdenError } from "../errors.js";
import type { Report } from "../run/report.js";
import type { RunContext } from "../run/run-context.js";
import { readDevelopments, writeDevelopments } from "../store/developments.js";
import type { Job } from "../workspace/job.js";

/**
 * Installs the pinned content of skills again that are in development. The clones stay.
 * @param job of the whole manifest.
 * @param id null for all of them.
 * @throws EdenError `USAGE` for a skill that is not in development.
 */
export async function stopDevelopment(context: RunContext, job: Job, id: string | null): Promise<Report> {
  const { manifest } = job;
  const before = readDevelopments(manifest.storageRoot, manifest.path);
  if (id !== null && !before.has(id)) throw new EdenError("USAGE", `${id} is not in development`);
  const stopped = [...before].filter(([one]) => id === null || one === id);
  const ids = new Set(stopped.map(([one]) => one));
  const write = (kept: typeof before) => writeDevelopments(manifest.storageRoot, manifest.path, kept);
  if (ids.size > 0) write(new Map([...before].filter(([one]) => !ids.has(one))));
  const selected = manifest.skills.filter((skill) => ids.has(skill.id));
  const report = await applyRun(context, { ...job, selected, scope: ids });
  if (report.outcome !== "ok") write(before);
  return { ...report, stopped: stopped.map(([one, development]) => ({ id: one, ...development })) };
}
