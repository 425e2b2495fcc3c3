import { basename } from "node:path";
import { EdenError, sanitize } from "../errors.js";
import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import type { RunContext } from "../run/run-context.js";
import { asEdenError } from "../reactor/task-failure.js";
import type { SiteSkill } from "../skill/site-index.js";
import type { Site } from "../source/site.js";
import { integrityOf } from "../store/integrity.js";
import { sha256Hex } from "../system/sha256.js";
import { oneTask } from "../run/one-task.js";
import { siteRecord, type SiteRecord } from "../skill/site-record.js";
import type { SiteFile } from "../workspace/site-place.js";
import { fetchSiteSkill } from "./fetch-site-skill.js";
import { openSite } from "./open-site.js";

/** A skill of a site, as it is kept beside the manifest. */
export interface KeptSiteSkill {
  skill: ManifestSkill;
  path: string;
  record: SiteRecord;
}

/** What its site has now; null: it has the skill no longer. */
export type SiteNow = { site: Site; found: SiteSkill } | null;

/** The skills of sites among these. */
export function keptSiteSkills(manifest: Manifest, skills: readonly ManifestSkill[]): KeptSiteSkill[] {
  return skills.flatMap((skill) => {
    const record = skill.source.kind === "directory" ? siteRecord(manifest, skill.source.path) : null;
    return record === null || skill.source.kind !== "directory" || !skill.enabled
      ? []
      : [{ skill, path: skill.source.path, record }];
  });
}

/** Fetches the index of each site once, and finds the skills in it, by id. */
export async function askSites(
  context: RunContext,
  manifest: Manifest,
  kept: readonly KeptSiteSkill[],
): Promise<Map<string, SiteNow | EdenError>> {
  const opened = new Map<string, Promise<Site | EdenError>>();
  const answers = new Map<string, SiteNow | EdenError>();
  for (const { skill, path, record } of kept) {
    const address = indexAddress(record);
    const opening = opened.get(address) ?? openSite(context, manifest, address).then(({ site }) => site, asEdenError);
    opened.set(address, opening);
    const site = await opening;
    const found = site instanceof EdenError ? undefined : site.skills.get(record.name ?? basename(path));
    answers.set(skill.id, site instanceof EdenError ? site : found === undefined ? null : { site, found });
  }
  return answers;
}

/** Where the index was found, if it was on the host that the manifest names; else the site is searched again. */
function indexAddress({ site, index }: SiteRecord): string {
  return URL.canParse(index) && new URL(index).origin === new URL(site).origin ? index : site;
}

/**
 * The digest of what the site has now: that of the index, or, if it has none, the integrity of the
 * files, which are fetched for that.
 * @throws EdenError as `fetchSiteSkill`.
 */
export async function digestNow(context: RunContext, manifest: Manifest, now: NonNullable<SiteNow>): Promise<string> {
  const published = now.found.content;
  if (published.kind !== "files") return `sha256:${published.digest}`;
  const files = await filesNow(context, manifest, now);
  return integrityOf(files.map(({ path, mode, content }) => ({ path, mode, sha256: sha256Hex(content) })));
}

/** Fetches the files that the site has now. @throws EdenError as `fetchSiteSkill`. */
export async function filesNow(
  context: RunContext,
  { limits, storageRoot }: Manifest,
  { site, found }: NonNullable<SiteNow>,
): Promise<SiteFile[]> {
  return await oneTask(context, {
    key: `${site.base} ${found.name}`,
    name: found.name,
    host: site.index.hostname,
    run: async (signal) => await fetchSiteSkill({ ...site, limits, storageRoot }, site.index, found, signal),
  });
}

/** The digest of what is kept. */
export function digestOf({ record }: KeptSiteSkill): string {
  return record.digest ?? record.integrity;
}

/** The message for a skill that its site no longer has. */
export function goneMessage({ record }: KeptSiteSkill): string {
  return sanitize(`the index of ${record.site} does not have it any more`);
}
