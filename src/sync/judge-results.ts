import type { ManifestSkill } from "../manifest/document/manifest.js";
import { courtOf, deniedOf, deniedVersion } from "../policy/judge.js";
import { openStore } from "../store/store.js";
import { cachedSkill } from "./cached-skill.js";
import type { Sync } from "./sync.js";
import type { SyncResult } from "./sync-result.js";

/**
 * The results with the failures of what the policy denies, now that commits and files are known.
 * Where an update would move a pin to something denied, the pin stays.
 */
export async function judgeResults(
  { context, plan }: Pick<Sync, "context" | "plan">,
  skills: readonly ManifestSkill[],
  results: Map<string, SyncResult>,
): Promise<Map<string, SyncResult>> {
  const { manifest, pins } = plan;
  if (manifest.policy.layers.length === 0) return results;
  const versions = new Map(pins);
  for (const [id, result] of results) if ("synced" in result) versions.set(id, result.synced.version);
  const court = courtOf(manifest, { home: context.host.home, now: context.clock.date(), versions });
  const store = openStore(manifest.storageRoot);
  for (const skill of skills) {
    const result = results.get(skill.id);
    if (result === undefined || "error" in result) continue;
    const { version } = result.synced;
    const error = await deniedVersion(court, skill);
    if (error === null) continue;
    if (plan.isComparison) {
      results.set(skill.id, { synced: { ...result.synced, denied: error } });
      continue;
    }
    const before = pins.get(skill.id);
    if (before === undefined) versions.delete(skill.id);
    else versions.set(skill.id, before);
    const pin = context.settings.update ? before : undefined;
    const kept = pin === undefined || pin.commit === version.commit ? null : cachedSkill(store, skill, pin);
    const isKept = kept !== null && "synced" in kept && (await deniedOf(court, [skill])).size === 0;
    if (!isKept || pin === undefined) results.set(skill.id, { error });
    else {
      const moved = { what: "denied", from: pin.commit, to: version.commit, why: error.message } as const;
      results.set(skill.id, { synced: { ...kept.synced, moved } });
    }
  }
  return results;
}
