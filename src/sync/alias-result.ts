import { EdenError } from "../errors.js";
import type { ManifestSkill } from "../manifest/document/manifest.js";
import { holdsContent } from "../store/integrity.js";
import type { StoreWriter } from "../store/store-writer.js";
import { entryChanged, mismatch } from "./cached-skill.js";
import { renameEntry } from "./rename-entry.js";
import type { SyncPlan } from "./sync-plan.js";
import type { SyncResult } from "./sync-result.js";

/**
 * The result for a skill with an alias: its renamed copy is in the store, and equals the one that
 * the lockfile records. Other results stay unchanged.
 * @param prove the renamed copy in the store is hashed again.
 */
export async function aliasResult(
  writer: StoreWriter,
  { manifest, renamed }: SyncPlan,
  { skill, result, prove }: { skill: ManifestSkill; result: SyncResult; prove: boolean },
): Promise<SyncResult> {
  const { id, alias: name } = skill;
  if ("error" in result || name === null) return result;
  const { version } = result.synced;
  try {
    const marker = await renameEntry(writer, manifest, { tree: version.tree, id, name });
    const locked = renamed.get(id);
    if (locked?.tree === version.tree && locked.name === name && locked.integrity !== marker.integrity)
      return {
        error: mismatch(
          `the lockfile records ${locked.integrity} for the copy with the name ${name}, it has ${marker.integrity}`,
          "Restore the lockfile from version control, or delete the entry to pin it again.",
        ),
      };
    const directory = writer.store.entryDirectory(marker.tree, id);
    if (prove && !holdsContent(directory, marker)) return { error: entryChanged(directory) };
    return { synced: { ...result.synced, version: { ...version, installedIntegrity: marker.integrity } } };
  } catch (error) {
    if (error instanceof EdenError) return { error };
    throw error;
  }
}
