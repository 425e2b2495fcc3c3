import { EdenError } from "../errors.js";
import { unknownGroup } from "../manifest/document/machine-groups.js";
import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import { nearestWord } from "../manifest/names/nearest-word.js";
import type { RunOptions } from "../run/options.js";
import type { RunScope } from "../run/scope.js";

/** What a command is limited to: skills, and groups of skills; nothing for all. */
export type Selection = Pick<RunOptions, "ids" | "groups">;

/**
 * The selected skills, in manifest order.
 * @throws EdenError `UNKNOWN_SKILL`, `UNKNOWN_GROUP`.
 */
export function select(manifest: Manifest, { ids = [], groups = [] }: Selection): ManifestSkill[] {
  const known = manifest.skills.map(({ id }) => id);
  for (const id of ids) {
    if (known.includes(id)) continue;
    const near = nearestWord(id, known);
    throw new EdenError("UNKNOWN_SKILL", `the manifest has no skill '${id}'`, {
      hint: near === null ? "`eden-skills list` shows what it has." : `Did you mean ${near}?`,
    });
  }
  for (const group of groups)
    if (!manifest.groups.has(group)) throw new EdenError("UNKNOWN_GROUP", unknownGroup(group, manifest.groups));
  if (isEverything({ ids, groups })) return manifest.skills;
  return manifest.skills.filter((skill) => ids.includes(skill.id) || skill.groups.some((one) => groups.includes(one)));
}

/** The scope of a run with these skills: everything, if nothing was selected. */
export function scopeOf(selected: readonly ManifestSkill[], selection: Selection): RunScope {
  return isEverything(selection) ? "all" : new Set(selected.map(({ id }) => id));
}

function isEverything({ ids = [], groups = [] }: Selection): boolean {
  return ids.length === 0 && groups.length === 0;
}
