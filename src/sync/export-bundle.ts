import type { SkillVersion } from "../run/events.js";
import { EdenError } from "../errors.js";
import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import type { BundledSkill } from "../manifest/lockfile/bundle-index.js";
import { writeBundle } from "../store/bundle.js";
import { readContent, readStored } from "../workspace/read-snapshot.js";
import { openStore } from "../store/store.js";

/**
 * Writes exactly what the lockfile pins, from the store, into one archive.
 * @returns ids of skills that have no pin (a directory of the user's own) and so are not part of
 *   it.
 * @throws EdenError `INTEGRITY_MISMATCH` when the store is not what the lockfile says; nothing is
 *   written then.
 */
export async function exportBundle(
  manifest: Manifest,
  skills: readonly ManifestSkill[],
  pins: ReadonlyMap<string, SkillVersion>,
  path: string,
): Promise<string[]> {
  const contents = new Map<string, string>();
  const bundled: BundledSkill[] = [];
  for (const { id } of skills) {
    const pin = pins.get(id);
    if (pin === undefined) continue;
    const directory = openStore(manifest.storageRoot).entryDirectory(pin.tree, id);
    const found = readStored(manifest, pin.tree, id);
    if (found.integrity !== pin.integrity)
      throw new EdenError("INTEGRITY_MISMATCH", `the store entry ${directory} was changed`, { stage: "verify" });
    for (const [oid, absolute] of found.contents) contents.set(oid, absolute);
    bundled.push({ id, ...pin, files: found.files.map(({ path: file, mode, oid }) => ({ path: file, mode, oid })) });
  }
  await writeBundle(path, bundled, (oid) => readContent(contents.get(oid) ?? ""));
  return skills.filter(({ id }) => !pins.has(id)).map(({ id }) => id);
}
