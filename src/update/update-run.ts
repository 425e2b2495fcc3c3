import { basename } from "node:path";
import { EdenError } from "../errors.js";
import { applyRun } from "../apply/pipeline.js";
import { errorNotice, notice } from "../run/notice.js";
import type { RunEvent } from "../run/events.js";
import type { Report } from "../run/report.js";
import type { RunContext } from "../run/run-context.js";
import {
  askSites,
  digestNow,
  digestOf,
  goneMessage,
  keptSiteSkills,
  type KeptSiteSkill,
  type SiteNow,
} from "../site/site-upstream.js";
import { discardFetched, fetchSiteSkills, withSiteSkills, type FetchedSkills } from "../site/site-skills.js";
import { holdsContent } from "../store/integrity.js";
import { lstatIfExists } from "../system/read-files.js";
import type { Manifest } from "../manifest/document/manifest.js";
import type { Job } from "../workspace/job.js";

/**
 * An update: first the files of skills of sites that have published other ones, then a run that moves
 * pins. What a site does not give fails its own skill, and its files stay.
 * @throws EdenError as `applyRun`.
 */
export async function updateRun(context: RunContext, job: Job): Promise<Report> {
  const { fetched, notices } = await newerSkills(context, job);
  try {
    return await withAll(context, fetched, { ...job, notices: [...job.notices, ...notices] });
  } finally {
    for (const one of fetched) discardFetched(one);
  }
}

/** The run, with the fetched skills in their places. */
async function withAll(context: RunContext, [first, ...others]: readonly FetchedSkills[], job: Job): Promise<Report> {
  if (first === undefined) return await applyRun(context, job);
  const { report } = await withSiteSkills(context, first, job, async (all) => {
    const done = await withAll(context, others, all);
    const bad = new Set(["failed", "cancelled", "conflict"]);
    const failed = new Set(done.skills.filter(({ status }) => bad.has(status)).map(({ id }) => id));
    return { report: done, installed: first.chosen.map(({ id }) => id).filter((id) => !failed.has(id)) };
  });
  return report;
}

async function newerSkills(
  context: RunContext,
  { manifest, selected }: Job,
): Promise<{ fetched: FetchedSkills[]; notices: Job["notices"] }> {
  const fetched: FetchedSkills[] = [];
  const kept = keptSiteSkills(manifest, selected);
  const answers = await askSites(context, manifest, kept);
  const notices: RunEvent[] = [];
  for (const one of kept) {
    const { id } = one.skill;
    try {
      const newer = await newerSkill(context, manifest, one, answers.get(id) ?? null);
      if (newer !== null) fetched.push(newer);
    } catch (error) {
      if (!(error instanceof EdenError)) throw error;
      notices.push(notice({ ...errorNotice(error, "fetch"), skill: id }));
    }
  }
  return { fetched, notices };
}

/** Null for a skill that stays as it is; the run itself reports files that were changed. */
async function newerSkill(
  context: RunContext,
  manifest: Manifest,
  one: KeptSiteSkill,
  now: SiteNow | EdenError,
): Promise<FetchedSkills | null> {
  if (now instanceof EdenError) throw now;
  if (now === null) throw new EdenError("FETCH_NOT_FOUND", goneMessage(one), { stage: "resolve" });
  const { path, record, skill } = one;
  const isThere = lstatIfExists(path) !== null;
  const isEdited = isThere && !holdsContent(path, record);
  if (isEdited && !context.settings.force) return null;
  if (!isEdited && isThere && (await digestNow(context, manifest, now)) === digestOf(one)) return null;
  const { name, description } = now.found;
  const chosen = [{ id: skill.id, directory: basename(path), name, description, path: name, warnings: [] }];
  return await fetchSiteSkills(context, { manifest, chosen, isLenient: false }, now.site);
}
