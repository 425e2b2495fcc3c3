import type { ManifestSkill } from "../manifest/document/manifest.js";
import { keyOf } from "../manifest/document/source-kind.js";

/** Groups skills by the source that is synced once for all of them, in manifest order. */
export function groupByRepository(skills: readonly ManifestSkill[]): Map<string, ManifestSkill[]> {
  const groups = new Map<string, ManifestSkill[]>();
  for (const skill of skills) {
    const key = keyOf(skill.source);
    groups.set(key, [...(groups.get(key) ?? []), skill]);
  }
  return groups;
}
