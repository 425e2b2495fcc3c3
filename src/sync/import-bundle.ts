import type { SkillVersion } from "../run/events.js";
import { EdenError } from "../errors.js";
import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import { checkEntries, checkSizes } from "../skill/skill-tree.js";
import type { BundledSkill } from "../manifest/lockfile/bundle-index.js";
import { readBundle } from "../store/bundle.js";
import { StoreWriter } from "../store/store-writer.js";
import type { Materialiser } from "../store/materialise.js";
import { formatOf } from "../manifest/names/object-id.js";
import { treeId } from "../store/tree-id.js";
import { openStore } from "../store/store.js";

/**
 * Writes the pinned skills that a bundle has into the store. Skills that it does not have, or has
 * with another content, are left to the offline run that follows, which reports what is missing.
 * The bundle is not trusted: a listing must hash to the pinned tree, a content to its object id,
 * and all limits apply.
 * @throws EdenError `BUNDLE_INVALID`, `SKILL_UNSAFE`, `FETCH_CORRUPT`, `DISK_FULL` …; no skill is
 *   in the store in part.
 */
export async function importBundle(
  manifest: Manifest,
  skills: readonly ManifestSkill[],
  pins: ReadonlyMap<string, SkillVersion>,
  path: string,
): Promise<void> {
  const { limits } = manifest;
  const store = openStore(manifest.storageRoot);
  const staging = store.openStaging();
  const storeWriter = new StoreWriter(store, staging);
  const writers: Materialiser[] = [];
  const wanting = new Map<string, Materialiser[]>();
  const sizes = new Map<string, number>();
  const begin = (skill: ManifestSkill, found: BundledSkill): void => {
    const { id, source } = skill;
    if (source.kind === "registry") return;
    const files = checkEntries(
      found.files.map((file) => ({ ...file, path: Buffer.from(file.path) })),
      limits,
    );
    if (treeId(files, formatOf(found.tree)) !== found.tree)
      throw new EdenError("BUNDLE_INVALID", `${path}: the files of ${id} are not those of tree ${found.tree}`, {
        path,
      });
    const repository = source.kind === "repository" ? source.key : source.path;
    const origin = { repository, commit: found.commit, subpath: source.subpath };
    const writer = storeWriter.write({ id, tree: found.tree, files, origin });
    writers.push(writer);
    for (const oid of writer.wanted) wanting.set(oid, [...(wanting.get(oid) ?? []), writer]);
  };
  try {
    await readBundle(path, limits.maxFileBytes, {
      skills(bundled) {
        for (const skill of skills) {
          const pin = pins.get(skill.id);
          if (pin === undefined || store.readyEntry(pin.tree, skill.id) !== null) continue;
          const found = bundled.find(
            ({ id, tree, commit }) => id === skill.id && tree === pin.tree && commit === pin.commit,
          );
          if (found !== undefined) begin(skill, found);
        }
      },
      async content(oid, content) {
        sizes.set(oid, content.length);
        for (const writer of wanting.get(oid) ?? []) {
          checkSizes(writer.content.files, sizes, limits);
          await writer.write(oid, content);
        }
      },
    });
    for (const writer of writers) await writer.finish();
  } finally {
    await Promise.all(writers.map(async (writer) => await writer.discard()));
    staging.dispose();
  }
}
