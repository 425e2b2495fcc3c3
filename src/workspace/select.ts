import { EdenError } from "../errors.js";
import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import { nearestWord } from "../manifest/names/nearest-word.js";
import type { RunOptions } from "../run/options.js";
import type { RunScope } from "../run/scope.js";

/** The skills of these ids, all for none, in manifest order. @throws EdenError `UNKNOWN_SKILL`. */
export function select(manifest: Manifest, ids: readonly string[]): ManifestSkill[] {
  const known = manifest.skills.map(({ id }) => id);
  for (const id of ids) {
    if (known.includes(id)) continue;
    const near = nearestWord(id, known);
    throw new EdenError("UNKNOWN_SKILL", `the manifest has no skill '${id}'`, {
      hint: near === null ? "`eden-skills list` shows what it has." : `Did you mean ${near}?`,
    });
  }
  return ids.length === 0 ? manifest.skills : manifest.skills.filter(({ id }) => ids.includes(id));
}

/** The scope of a run with these skills: everything, if no ids were given. */
export function scopeOf(selected: readonly ManifestSkill[], { ids }: Pick<RunOptions, "ids">): RunScope {
  return (ids ?? []).length === 0 ? "all" : new Set(selected.map(({ id }) => id));
}
