import type { DiscoveredSkill, LeftOut } from "../source/discovery.js";
import type { Site } from "../source/site.js";
import type { Installed } from "../run/installed.js";
import { basename, join } from "node:path";
import { EdenError, errorMessage, sanitize } from "../errors.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { readFrontMatter } from "../skill/front-matter.js";
import type { SiteSkill } from "../skill/site-index.js";
import { fileNameFaults } from "../skill/skill-file.js";
import { removeTree } from "../system/change-trees.js";
import type { RunEvent } from "../run/events.js";
import { isFaultOfSkill } from "../run/failure-kind.js";
import { contentUrl, fetchSiteSkill, skillFileOf } from "./fetch-site-skill.js";
import { withManifestLock } from "../workspace/manifest-lock.js";
import { oneTask } from "../run/one-task.js";
import { notice } from "../run/notice.js";
import type { RunContext } from "../run/run-context.js";
import type { Job } from "../workspace/job.js";
import { putInPlace, removeIfEmpty, type KeptSkill } from "./site-directory.js";
import { writeBeside, type SiteFile } from "../workspace/site-place.js";
import { hostDirectory, siteDirectory, SITES, type SiteOrigin } from "../skill/site-record.js";

/** The manifest source of a site's skill: its directory, relative to the manifest. */
export function siteSource(site: Site, id: string): { repo: string } {
  return { repo: `./${SITES}/${hostDirectory(new URL(site.origin))}/${id}` };
}

/** A chosen skill; `directory`: the name of its directory, if that is not its id. */
type WantedSkill = DiscoveredSkill & { directory?: string };

/** Fetched skills of a site, written beside their places. */
export interface FetchedSkills {
  site: Site;
  manifestDirectory: string;
  /** The available ones. */
  chosen: DiscoveredSkill[];
  left: LeftOut[];
  prepared: { id: string; skill: SiteSkill; path: string; temporary: string }[];
  notices: RunEvent[];
}

/**
 * Fetches the chosen skills and writes them beside their places; `discardFetched` removes those
 * that were not moved to their places.
 * @param isLenient skills that are unsafe are left out, as long as there are others.
 * @throws EdenError as `fetchSiteSkill`.
 */
export async function fetchSiteSkills(
  context: RunContext,
  { manifest, chosen, isLenient }: { manifest: Manifest; chosen: readonly WantedSkill[]; isLenient: boolean },
  site: Site,
): Promise<FetchedSkills> {
  const { limits, storageRoot } = manifest;
  const directory = siteDirectory(manifest, site.origin);
  const fetched: FetchedSkills = {
    site,
    manifestDirectory: manifest.directory,
    chosen: [],
    left: [],
    prepared: [],
    notices: [],
  };
  const failures: EdenError[] = [];
  try {
    for (const one of chosen) {
      const skill = site.skills.get(one.path);
      if (skill === undefined) throw new EdenError("INTERNAL", `${one.path} is not in the index`);
      try {
        const files = await oneTask(context, {
          key: `${site.base} ${one.path}`,
          name: one.id,
          host: site.index.hostname,
          run: async (signal) => await fetchSiteSkill({ ...site, limits, storageRoot }, site.index, skill, signal),
        });
        const warnings = await warningsOf(skill, files);
        fetched.notices.push(...warnings.map((message) => fetchNotice(one.id, "SKILL_INVALID", message)));
        const path = join(directory, one.directory ?? one.id);
        const temporary = await writeBeside(manifest, context.host.home, path, files);
        fetched.prepared.push({ id: one.id, skill, path, temporary });
        fetched.chosen.push(one);
      } catch (error) {
        if (!isLenient || !(error instanceof EdenError) || !isFaultOfSkill(error)) throw error;
        failures.push(error);
        fetched.left.push({ path: one.path, reason: error.message, code: error.code });
      }
    }
    if (fetched.chosen.length === 0 && failures[0] !== undefined) throw failures[0];
    return fetched;
  } catch (error) {
    discardFetched(fetched);
    throw error;
  }
}

/** The origin of a skill of a site that is kept at `path`. */
export function originOf(site: Site, skill: SiteSkill, path: string): SiteOrigin {
  const digest = "digest" in skill.content ? `sha256:${skill.content.digest}` : null;
  const origin = { site: site.base, index: site.index.href, url: contentUrl(site.index, skill), digest };
  return skill.name === basename(path) ? origin : { ...origin, name: skill.name };
}

/** Removes fetched skills that were not moved to their places. */
export function discardFetched({ site, manifestDirectory, prepared }: FetchedSkills): void {
  for (const { temporary } of prepared) removeTree(temporary);
  removeIfEmpty(manifestDirectory, siteDirectory({ directory: manifestDirectory }, site.origin));
}

/**
 * Moves fetched skills beside the manifest, and runs their install. For a skill that is not
 * installed, the previous directory is restored.
 * @throws EdenError as `putInPlace`, before the run.
 */
export async function withSiteSkills(
  context: RunContext,
  fetched: FetchedSkills | null,
  job: Job,
  install: (job: Job) => Promise<Installed>,
): Promise<Installed> {
  if (fetched === null) return await install(job);
  const { site, prepared } = fetched;
  const { manifest } = job;
  const notices = [...fetched.notices];
  const kept: (KeptSkill & { id: string })[] = [];
  let installed: readonly string[] = [];
  try {
    await withManifestLock(manifest, context.lock(manifest.path), async () => {
      for (const { id, skill, path, temporary } of prepared) {
        const one = await putInPlace(context, manifest, { prepared: temporary, path }, originOf(site, skill, path));
        kept.push({ ...one, id });
        if (one.backup !== null) notices.push(fetchNotice(null, "TARGET_CONFLICT", `backup: ${one.backup}`, "info"));
      }
    });
    const done = await install({
      ...job,
      notices: [...job.notices, ...notices],
      replaced: new Set([...(job.replaced ?? []), ...kept.map(({ id }) => id)]),
    });
    installed = done.installed;
    return done;
  } finally {
    for (const one of kept.toReversed()) {
      if (installed.includes(one.id)) await one.settle();
      else await one.takeBack();
    }
  }
}

/** Differences between the front matter of a SKILL.md and the index. */
async function warningsOf({ name }: SiteSkill, files: readonly SiteFile[]): Promise<string[]> {
  const file = skillFileOf(files);
  const head = await readFrontMatter(file?.content ?? Buffer.alloc(0));
  if ("problem" in head) return [head.problem];
  const { name: own, description } = head.frontMatter;
  const warnings = [...fileNameFaults(file?.path ?? ""), ...head.warnings];
  if (own === null) return [...warnings, "its front matter has no name"];
  return [
    ...warnings,
    ...(own === name ? [] : [`its name is ${sanitize(own)}, in the index ${name}`]),
    ...(description === null ? ["its front matter has no description"] : []),
  ];
}

function fetchNotice(
  skill: string | null,
  code: string,
  message: string,
  severity: "warning" | "info" = "warning",
): RunEvent {
  return notice({ skill, severity, code, stage: "fetch", message: errorMessage(message) });
}
