import { join } from "node:path";
import { EdenError, errorMessage, sanitize } from "../errors.js";
import { entryNameProblem } from "../skill/entry-name.js";
import { readFrontMatter } from "../skill/front-matter.js";
import type { SiteSkill } from "../skill/site-index.js";
import { removeTree } from "../system/change-trees.js";
import type { DiscoveredSkill } from "./discover-skills.js";
import type { RunEvent } from "./events.js";
import { contentUrl, fetchSiteSkill, type SiteFile } from "./fetch-site-skill.js";
import { withManifestLock } from "./manifest-lock.js";
import { oneTask } from "./one-task.js";
import type { Report } from "./report.js";
import type { ApplyInput } from "./run-context.js";
import { putInPlace, removeIfEmpty, SITES, writeBeside, type KeptSkill } from "./site-directory.js";
import type { SiteWorld } from "./site-requests.js";

/** A site with an index of skills. */
export interface Site extends SiteWorld {
  /** The site, or the part of it, that has the index. */
  base: string;
  /** Where the index was found. */
  index: URL;
  skills: ReadonlyMap<string, SiteSkill>;
}

/** The source of a skill of a site, as the manifest is to say it: its directory, relative to the manifest. */
export function siteSource(site: Site, id: string): { repo: string } {
  return { repo: `./${SITES}/${hostDirectory(site)}/${id}` };
}

/**
 * Fetches the chosen skills, puts them beside the manifest, and does the run that installs them. When that fails, what was beside the manifest
 * is as it was.
 * @throws EdenError as `fetchSiteSkill` and `putInPlace`, before the run.
 */
export async function withSiteSkills(
  site: Site | undefined,
  chosen: readonly DiscoveredSkill[],
  input: ApplyInput,
  story: (input: ApplyInput) => Promise<Report>,
): Promise<Report> {
  if (site === undefined) return await story(input);
  const { manifest, clock, options, host } = input;
  const directory = join(manifest.directory, SITES, hostDirectory(site));
  const notices: RunEvent[] = [];
  const prepared: { skill: SiteSkill; path: string; temporary: string }[] = [];
  const kept: KeptSkill[] = [];
  let isDone = false;
  try {
    for (const { id, path: name } of chosen) {
      const skill = site.skills.get(name);
      if (skill === undefined) throw new EdenError("INTERNAL", `${name} is not in the index`);
      const files = await oneTask(manifest, options, {
        key: `${site.base} ${name}`,
        host: site.index.hostname,
        run: async (signal) => await fetchSiteSkill({ ...site, limits: manifest.limits }, site.index, skill, signal),
      });
      notices.push(...(await warningsOf(skill, files)).map((message) => notice(id, "SKILL_INVALID", message)));
      const path = join(directory, id);
      prepared.push({ skill, path, temporary: await writeBeside(manifest, host.home, path, files) });
    }
    await withManifestLock(manifest, { clock, ...(options.signal && { signal: options.signal }) }, () => {
      for (const { skill, path, temporary } of prepared) {
        const digest = "digest" in skill.content ? `sha256:${skill.content.digest}` : null;
        const origin = { site: site.base, index: site.index.href, url: contentUrl(site.index, skill), digest };
        const one = putInPlace(manifest, temporary, path, origin, { force: options.force ?? false, clock });
        kept.push(one);
        if (one.backup !== null) notices.push(notice(null, "TARGET_CONFLICT", `backup: ${one.backup}`, "info"));
      }
    });
    const report = await story({ ...input, notices: [...input.notices, ...notices] });
    isDone = report.exit_code === 0;
    return report;
  } finally {
    for (const one of kept.toReversed()) {
      if (isDone) one.settle();
      else one.takeBack();
    }
    for (const { temporary } of prepared) removeTree(temporary);
    if (!isDone) removeIfEmpty(manifest.directory, directory);
  }
}

/** A host's name made good for a directory: that of an address has a colon before its port, or many. */
function hostDirectory({ origin }: SiteWorld): string {
  const name = new URL(origin).host
    .replace(/[[\]]/gu, "")
    .replace(/\.(?=:|$)/u, "")
    .replaceAll(":", "_");
  const problem = entryNameProblem(name);
  if (problem !== null) throw new EdenError("INVALID_REPO_URL", `the name of the host ${problem}`);
  return name;
}

/** How the head of a SKILL.md differs from what the index says. */
async function warningsOf({ name }: SiteSkill, files: readonly SiteFile[]): Promise<string[]> {
  const head = await readFrontMatter(files.find(({ path }) => path === "SKILL.md")?.content ?? Buffer.alloc(0));
  if ("problem" in head) return [head.problem];
  const { name: own, description } = head.frontMatter;
  if (own === null) return ["its front matter has no name"];
  return [
    ...(own === name ? [] : [`its name is ${sanitize(own)}, in the index ${name}`]),
    ...(description === null ? ["its front matter has no description"] : []),
  ];
}

function notice(
  skill: string | null,
  code: string,
  message: string,
  severity: "warning" | "info" = "warning",
): RunEvent {
  return { type: "notice", at: 0, skill, severity, code, stage: "fetch", message: errorMessage(message), hint: null };
}
