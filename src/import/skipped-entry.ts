import { isDeepStrictEqual } from "node:util";
import type { ManifestSkill } from "../manifest/document/manifest.js";

/**
 * An entry that was not imported. `ALREADY_THERE` and `SETTINGS_LEFT` lose nothing; any other code
 * says why the import failed.
 */
export interface SkippedEntry {
  id: string;
  reason: string;
  code: string;
}

/** The code of settings that an existing manifest keeps. */
export const SETTINGS_LEFT = "SETTINGS_LEFT";

/** The entry of a skill that the manifest already has. */
export function alreadyThere(id: string): SkippedEntry {
  return { id, reason: "the manifest already has it", code: "ALREADY_THERE" };
}

/** Ids of the skipped skills that the manifest already has. */
export function idsAlreadyThere(skipped: readonly SkippedEntry[]): string[] {
  return skipped.filter(({ code }) => code === "ALREADY_THERE").map(({ id }) => id);
}

/**
 * Why a skill is not imported whose id the manifest already has.
 * @param known the manifest's skill.
 * @param incoming the skill that is not imported.
 */
export function clash(known: ManifestSkill, incoming: ManifestSkill): SkippedEntry {
  const { id, source } = known;
  const other = incoming.source;
  const another = { id, reason: "the manifest has another skill with this id", code: "DUPLICATE_SKILL_ID" };
  if (source.kind === "registry" || other.kind === "registry") {
    return isDeepStrictEqual(source, other) ? alreadyThere(id) : another;
  }
  const place = (one: typeof source) => (one.kind === "directory" ? one.path : one.key);
  if (source.kind !== other.kind || place(source) !== place(other) || source.subpath !== other.subpath) return another;
  if (source.ref === other.ref) return alreadyThere(id);
  return { ...another, reason: `the manifest has it with another ref, ${source.ref ?? "the default branch"}` };
}
