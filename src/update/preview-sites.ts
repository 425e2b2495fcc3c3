import { EdenError, sanitize } from "../errors.js";
import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import { asEdenError } from "../reactor/task-failure.js";
import type { RunContext } from "../run/run-context.js";
import type { SiteFile } from "../workspace/site-place.js";
import {
  askSites,
  digestNow,
  digestOf,
  filesNow,
  goneMessage,
  keptSiteSkills,
  type KeptSiteSkill,
  type SiteNow,
} from "../site/site-upstream.js";
import { holdsContent } from "../store/integrity.js";
import { blobId } from "../store/tree-id.js";
import { lstatIfExists } from "../system/read-files.js";
import { contentsOf, readSnapshot } from "../workspace/read-snapshot.js";
import { changesBetween, lookAtFiles } from "./compare-contents.js";
import { failureStatus, NOTHING, type PreviewedSkill } from "./skill-diff.js";

/** What an update would bring for one skill of a site. */
export interface SitePreview {
  row: PreviewedSkill;
  /** What the site has now, if an update would take it. */
  newer: NewerContent | null;
}

/** Other content of a skill, and where it is to go. */
export interface NewerContent {
  one: KeptSiteSkill;
  now: NonNullable<SiteNow>;
  files: SiteFile[];
}

/**
 * What an update would bring for skills of sites: what each site has now is fetched and compared with
 * the files beside the manifest. Nothing is written. `from` and `to` are digests, as in `outdated`.
 * @param isForced true if the update would be forced.
 */
export async function previewSites(
  context: RunContext,
  { manifest, selected }: { manifest: Manifest; selected: readonly ManifestSkill[] },
  isForced: boolean,
): Promise<SitePreview[]> {
  const kept = keptSiteSkills(manifest, selected);
  const answers = await askSites(context, manifest, kept);
  const previews: SitePreview[] = [];
  for (const one of kept) {
    const isHeld = !isForced && lstatIfExists(one.path) !== null && !holdsContent(one.path, one.record);
    const held = isHeld ? "its files were edited" : null;
    const row = { id: one.skill.id, ref: null, from: digestOf(one), held, denied: null, rewritten: false };
    const changes = await changesOf(context, manifest, one, answers.get(one.skill.id) ?? null).catch(asEdenError);
    if (changes instanceof EdenError) {
      const message = sanitize(changes.message);
      previews.push({ row: { ...row, ...NOTHING, to: null, status: failureStatus(changes), message }, newer: null });
    } else {
      const { newer = null, ...found } = changes;
      previews.push({ row: { ...row, message: null, ...NOTHING, ...found }, newer: isHeld ? null : newer });
    }
  }
  return previews;
}

type Changes = Pick<PreviewedSkill, "to" | "status"> & Partial<PreviewedSkill> & { newer?: NewerContent };

/** @throws EdenError what the site does not give. */
async function changesOf(
  context: RunContext,
  manifest: Manifest,
  one: KeptSiteSkill,
  now: SiteNow | EdenError,
): Promise<Changes> {
  if (now instanceof EdenError) throw now;
  if (now === null) return { to: null, status: "removed", message: goneMessage(one) };
  const to = await digestNow(context, manifest, now);
  if (to === digestOf(one)) return { to, status: "current" };
  const fetched = await filesNow(context, manifest, now);
  const listed = fetched.map((file) => ({ ...file, oid: blobId(file.content, "sha1") }));
  const before = readSnapshot(manifest.limits, one.path);
  const changes = changesBetween(
    await lookAtFiles(before.files, contentsOf(one.path, before.files)),
    await lookAtFiles(listed, listed),
  );
  return { to, status: "outdated", ...changes, newer: { one, now, files: fetched } };
}
