import { EdenError, sanitize } from "../errors.js";
import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import type { Lockfile } from "../manifest/lockfile/lockfile.js";
import type { RunContext } from "../run/run-context.js";
import { askSites, digestNow, digestOf, goneMessage, keptSiteSkills, type SiteNow } from "../site/site-upstream.js";
import { sitePinsOf } from "../workspace/site-pins.js";
import type { OutdatedSkill } from "./outdated-skill.js";
import { asEdenError } from "../reactor/task-failure.js";

/** The rows of skills of sites: digests, or hashes of the content where the index has none. */
export async function outdatedSites(
  context: RunContext,
  manifest: Manifest,
  skills: readonly ManifestSkill[],
  lockfile: Lockfile,
): Promise<OutdatedSkill[]> {
  const kept = keptSiteSkills(manifest, skills);
  const answers = await askSites(context, manifest, kept);
  const pins = sitePinsOf(manifest, lockfile);
  const rows: OutdatedSkill[] = [];
  for (const one of kept) {
    const pin = pins.get(one.skill.id);
    const current = pin === undefined ? digestOf(one) : (pin.digest ?? pin.integrity);
    const latest = await latestOf(context, manifest, answers.get(one.skill.id) ?? null);
    const about = { id: one.skill.id, ref: null, current, current_version: null, latest_version: null };
    if (latest instanceof EdenError) {
      const failure = { code: latest.code, hint: latest.facts.hint ?? null, repo: sanitize(one.record.site) };
      rows.push({ ...about, latest: null, status: "unreachable", message: sanitize(latest.message), failure });
    } else if (latest === null) rows.push({ ...about, latest, status: "removed", message: goneMessage(one) });
    else rows.push({ ...about, latest, status: latest === current ? "current" : "outdated", message: null });
  }
  return rows;
}

async function latestOf(
  context: RunContext,
  manifest: Manifest,
  now: SiteNow | EdenError,
): Promise<string | EdenError | null> {
  if (now === null || now instanceof EdenError) return now;
  try {
    return await digestNow(context, manifest, now);
  } catch (error) {
    return asEdenError(error);
  }
}
