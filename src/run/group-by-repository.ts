import type { ManifestSkill } from "../manifest/document/manifest.js";

/** Groups skills by the source that is synced once for all of them, in manifest order. */
export function groupByRepository(skills: readonly ManifestSkill[]): Map<string, ManifestSkill[]> {
  const groups = new Map<string, ManifestSkill[]>();
  for (const skill of skills) {
    const { source } = skill;
    const key =
      source.kind === "repository"
        ? source.key
        : source.kind === "directory"
          ? `directory ${source.path}`
          : `registry ${source.name}`;
    groups.set(key, [...(groups.get(key) ?? []), skill]);
  }
  return groups;
}
