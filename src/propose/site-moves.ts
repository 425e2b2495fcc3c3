import { join } from "node:path";
import { EdenError, sanitize } from "../errors.js";
import type { CommittedFile } from "../git/project.js";
import type { SkillTextDiff } from "../inspect/skill-diffs.js";
import { versionsOnDisk } from "../inspect/skill-versions.js";
import { textChanges } from "../inspect/text-change.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { asEdenError } from "../reactor/task-failure.js";
import type { SkillVersion } from "../run/events.js";
import { originOf } from "../site/site-skills.js";
import { recordOf, recordText } from "../skill/site-record.js";
import { checkEntries } from "../skill/skill-tree.js";
import type { Staging } from "../store/staging.js";
import { openStore } from "../store/store.js";
import { StoreWriter } from "../store/store-writer.js";
import { blobId, treeId } from "../store/tree-id.js";
import { renameEntry } from "../sync/rename-entry.js";
import { writeEntry } from "../store/write-entry.js";
import { followLinks } from "../system/follow-links.js";
import type { NewerContent, SitePreview } from "../update/preview-sites.js";
import type { PreviewedSkill } from "../update/skill-diff.js";

/** What a proposal commits for one skill of a site: its files, its record and its pin. */
export interface SiteMove {
  id: string;
  version: SkillVersion;
  /** The directory of its files; absolute. */
  directory: string;
  files: CommittedFile[];
  text: SkillTextDiff;
}

/** The comparison of a skill of a site, and what a proposal does with it; null: nothing. */
export interface ProposedSite {
  row: PreviewedSkill;
  move: SiteMove | null;
}

/**
 * What an update would do with skills of sites. Other content is written into the store, as that of
 * other skills; the files beside the manifest stay as they are.
 */
export async function siteMoves(
  manifest: Manifest,
  sites: readonly SitePreview[],
  staging: Staging,
): Promise<ProposedSite[]> {
  const writer = new StoreWriter(openStore(manifest.storageRoot), staging);
  const proposed: ProposedSite[] = [];
  for (const { row, newer } of sites) {
    const move = newer === null ? null : await moveOf(manifest, writer, row, newer).catch(asEdenError);
    if (!(move instanceof EdenError)) proposed.push({ row, move });
    else proposed.push({ row: { ...row, status: "failed", message: sanitize(move.message) }, move: null });
  }
  return proposed;
}

/** @throws EdenError of the store; `SKILL_INVALID` for an alias that the content cannot get. */
async function moveOf(
  manifest: Manifest,
  writer: StoreWriter,
  { from, to }: PreviewedSkill,
  { one, now, files }: NewerContent,
): Promise<SiteMove> {
  const { id, alias } = one.skill;
  const contents = new Map(files.map(({ content }) => [blobId(content, "sha1"), content]));
  const entries = files.map(({ path, mode, content }) => ({
    path: Buffer.from(path),
    mode,
    oid: blobId(content, "sha1"),
  }));
  const checked = checkEntries(entries, manifest.limits);
  const content = {
    id,
    tree: treeId(checked, "sha1"),
    files: checked,
    origin: { repository: one.path, commit: "", subpath: "." },
  };
  const { tree, integrity } = await writeEntry(writer, content, (oid) => contents.get(oid) ?? Buffer.alloc(0));
  const renamed = alias === null ? null : await renameEntry(writer, manifest, { tree, id, name: alias });
  const origin = originOf(now.site, now.found, one.path);
  const { site: address, digest } = origin;
  const directory = followLinks(one.path).place;
  return {
    id,
    version: {
      commit: "",
      tree,
      integrity,
      ...(renamed !== null && { installedIntegrity: renamed.integrity }),
      site: { address, ...(digest !== null && { digest }), tree, integrity },
    },
    directory,
    files: [
      ...files.map((file) => ({ ...file, path: join(directory, file.path) })),
      { path: recordOf(directory), mode: "100644", content: recordText(origin, integrity) },
    ],
    text: textOf(one.path, files, { id, from, to }),
  };
}

function textOf(
  path: string,
  files: NewerContent["files"],
  about: Pick<SkillTextDiff, "id" | "from" | "to">,
): SkillTextDiff {
  const after = new Map(files.map((file) => [file.path, file]));
  const changes = textChanges(versionsOnDisk(path, new Set()), after, true);
  return { ...about, status: "different", targets: [], message: null, files: changes };
}
