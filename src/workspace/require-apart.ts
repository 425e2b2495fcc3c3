import { EdenError, type Problem } from "../errors.js";
import type { ManifestSkill } from "../manifest/document/manifest.js";
import { targetIsSource } from "../plan/assemble.js";
import { sourcesOfSkills } from "./local-sources.js";
import { isInstalled } from "./pins.js";
import { SourcePlaces } from "./source-places.js";

/**
 * Refuses skills whose targets overlap their own source or that of another skill of the manifest.
 * @param selected the skills of the run; others matter only if one of their targets overlaps a
 *   source of these.
 * @throws EdenError `TARGET_IS_SOURCE`, with a problem for each.
 */
export function requireApart(skills: readonly ManifestSkill[], selected: readonly ManifestSkill[]): void {
  const every = sourcesOfSkills(skills);
  if (every.length === 0) return;
  const ids = new Set(selected.map(({ id }) => id));
  const all = new SourcePlaces(every);
  const own = every.filter(({ skill }) => ids.has(skill));
  const mine = own.length === every.length ? all : new SourcePlaces(own);
  const refusals = skills.filter(isInstalled).flatMap(({ id, index, collection, targets }) => {
    const local = targets.filter(({ environment }) => environment.kind === "local");
    return local.flatMap(({ path }) => {
      const why = (ids.has(id) ? all : mine).conflictAt(id, path);
      const entry = collection === undefined ? `skills[${index}]` : `collections[${collection.index}]`;
      return why === null ? [] : [{ entry, error: targetIsSource(path, why) }];
    });
  });
  const [first] = refusals;
  if (first === undefined) return;
  const { code, message, facts } = first.error;
  throw new EdenError(code, message, { ...facts, problems: refusals.map(problemOf) });
}

function problemOf({ entry, error: { code, message } }: { entry: string; error: EdenError }): Problem {
  return { code, severity: "error", path: `${entry}.targets`, message, line: null, column: null };
}
