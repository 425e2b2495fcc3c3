import { EdenError } from "../errors.js";
import { formatOf } from "../manifest/names/object-id.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { followLink } from "../skill/follow-links.js";
import { renameSkill } from "../skill/rename-skill.js";
import { pickSkillFile } from "../skill/skill-file.js";
import { NO_SKILL_FILE, type Marker } from "../store/marker.js";
import type { StoreWriter } from "../store/store-writer.js";
import { blobId, treeId } from "../store/tree-id.js";
import { writeEntry } from "../store/write-entry.js";
import { readContent, readStored, type Snapshot } from "../workspace/read-snapshot.js";

/**
 * The marker of a content with another name in its SKILL.md, as an entry of a skill. The entry is
 * made from the content in the store, which is verified then.
 * @throws EdenError `SKILL_INVALID` if the name cannot be changed, `INTEGRITY_MISMATCH` if the store
 *   was changed.
 */
export async function renameEntry(
  writer: StoreWriter,
  manifest: Manifest,
  { tree, id, name }: { tree: string; id: string; name: string },
): Promise<Marker> {
  const known = writer.store.renamedEntry(tree, id, name);
  if (known !== null) return known;
  const snapshot = readStored(manifest, tree, id);
  const path = skillFileOf(snapshot);
  const renamed = await renameSkill(contentAt(snapshot, path), name);
  const oid = blobId(renamed, formatOf(tree));
  const files = snapshot.files.map((file) => (file.path === path ? { ...file, oid } : file));
  const origin = { repository: `tree ${tree}`, commit: "", subpath: name };
  const content = { id, tree: treeId(files, formatOf(tree)), files, origin };
  const contentOf = (wanted: string) => (wanted === oid ? renamed : readContent(snapshot.contents.get(wanted) ?? ""));
  const marker = await writeEntry(writer, content, contentOf);
  await writer.store.recordRenamed(tree, name, content.tree);
  return marker;
}

/** The file that agents read: SKILL.md, or where it leads to as a link. */
function skillFileOf(snapshot: Snapshot): string {
  const { files } = snapshot;
  const skillFile = pickSkillFile(files.map(({ path }) => path));
  const links = files.filter(({ mode }) => mode === "120000");
  const texts = new Map(links.map(({ path }) => [path, contentAt(snapshot, path).toString("utf8")]));
  const path = skillFile === null ? null : followLink(skillFile, texts);
  if (path === null || !files.some((file) => file.path === path))
    throw new EdenError("SKILL_INVALID", `it cannot get the name of its alias: ${NO_SKILL_FILE}`, {
      stage: "materialise",
    });
  return path;
}

function contentAt({ files, contents }: Snapshot, path: string): Buffer {
  const oid = files.find((file) => file.path === path)?.oid ?? "";
  return readContent(contents.get(oid) ?? "");
}
