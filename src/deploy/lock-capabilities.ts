import { isDeepStrictEqual } from "node:util";
import type { Manifest } from "../manifest/document/manifest.js";
import type { LockedSkill, Lockfile } from "../manifest/lockfile/lockfile.js";
import { openStore } from "../store/store.js";
import { storedCapabilities, storedFiles } from "../workspace/stored-files.js";

/**
 * The lockfile with the capabilities of the entries that are new or changed; an unchanged entry stays
 * as it is. An entry whose content is not in the store has none.
 */
export async function withCapabilities(manifest: Manifest, before: Lockfile, next: Lockfile): Promise<Lockfile> {
  const locked = new Map(before.skills.map((entry) => [entry.id, entry]));
  const skills: LockedSkill[] = [];
  for (const entry of next.skills) {
    const isKept = entry.capabilities !== undefined || isDeepStrictEqual(entry, locked.get(entry.id));
    skills.push(isKept ? entry : await completed(manifest, entry));
  }
  return { ...next, skills };
}

async function completed(manifest: Manifest, entry: LockedSkill): Promise<LockedSkill> {
  if (entry.tree === "") return entry;
  const { capabilitiesHash, isComparable } = await import("../skill/audit/capabilities.js");
  const known = openStore(manifest.storageRoot).readMarker(entry.tree)?.capabilities;
  if (known !== undefined && isComparable(known)) return { ...entry, capabilities: known };
  // Another edition of the program has written the marker.
  const stored = storedFiles(manifest, entry.tree);
  if (stored === null) return entry;
  return { ...entry, capabilities: capabilitiesHash(await storedCapabilities(stored)) };
}
