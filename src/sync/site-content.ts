import { EdenError, sanitize } from "../errors.js";
import type { DirectorySource, ManifestSkill } from "../manifest/document/manifest.js";
import type { SitePin } from "../manifest/lockfile/lockfile.js";
import { directoryOf } from "../manifest/source/skill-source.js";
import { statIfExists } from "../system/read-files.js";
import { readSnapshot } from "../workspace/read-snapshot.js";
import { isHostOf, recordBeside, siteRecord, type SiteRecord } from "../skill/site-record.js";
import { mismatch } from "./cached-skill.js";
import type { Sync } from "./sync.js";

/** What a skill of a site is pinned to. */
export interface SiteContent {
  site: SitePin;
  /** Its files are not these, and the store has them. */
  restoresSite?: true;
}

/**
 * The pin of a skill of a site: that of the lockfile, which its files and their record must match,
 * or, if there is none, what an install has written.
 * @returns null for a directory that the user owns.
 * @throws EdenError `INTEGRITY_MISMATCH`, `FETCH_NOT_FOUND`.
 */
export function siteContent(
  { plan, writer }: Sync,
  { id }: ManifestSkill,
  source: DirectorySource,
): SiteContent | null {
  const record = siteRecord(plan.manifest, source.path);
  const pin = plan.sites.get(id);
  if (pin === undefined && record === null) return null;
  const directory = directoryOf(source);
  const isThere = statIfExists(directory)?.isDirectory() === true;
  const found = isThere ? readSnapshot(plan.manifest.limits, directory) : null;
  if (pin === undefined)
    return record !== null && found?.integrity === record.integrity ? { site: pinOf(record, found) } : null;
  const named = recordBeside(source.path)?.site ?? pin.address;
  if (named !== pin.address) throw changed(`its record names ${named}, the lockfile ${pin.address}`);
  if (!isHostOf(pin.address, source.path))
    throw changed(`${source.repo} is not of ${pin.address}, which the lockfile names`);
  if (found?.tree === pin.tree) return { site: pin };
  const mayReplace = found === null || plan.replaceable.get(id) === found.tree;
  if (mayReplace && writer.store.readyEntry(pin.tree, id) !== null) return { site: pin, restoresSite: true };
  if (found !== null) throw changed(`its files in ${source.repo} are not those that the lockfile pins`);
  throw new EdenError("FETCH_NOT_FOUND", sanitize(`there is no directory ${source.path}, and the store has no copy`), {
    stage: "fetch",
    hint: "Restore it from version control, or install it again from its site.",
  });
}

function pinOf(
  { site: address, digest }: SiteRecord,
  { tree, integrity }: { tree: string; integrity: string },
): SitePin {
  return { address, ...(digest !== null && { digest }), tree, integrity };
}

function changed(why: string): EdenError {
  return mismatch(
    sanitize(why),
    "Restore files, record and lockfile from version control. `eden-skills update` takes what the site has now, with --force also over your changes. To change a skill, keep it in a directory of your own.",
  );
}
