import { EdenError, sanitize } from "../errors.js";
import type { ManifestSkill } from "../manifest/manifest.js";
import { sourcesOfSkills } from "./local-sources.js";
import { isInstalled } from "./pins.js";
import { SourcePlaces } from "./source-places.js";

/**
 * Refuses skills whose targets are, hold or lie in what they, or others of the manifest, come from.
 * @param selected the skills of the run; the others matter only where a target of theirs meets a source of these.
 * @throws EdenError `TARGET_IS_SOURCE`, with a problem for each.
 */
export function requireApart(skills: readonly ManifestSkill[], selected: readonly ManifestSkill[]): void {
  const every = sourcesOfSkills(skills);
  if (every.length === 0) return;
  const ids = new Set(selected.map(({ id }) => id));
  const [all, mine] = [new SourcePlaces(every), new SourcePlaces(every.filter(({ skill }) => ids.has(skill)))];
  const problems = skills.flatMap((skill) => {
    if (!isInstalled(skill)) return [];
    const places = ids.has(skill.id) ? all : mine;
    return skill.targets.flatMap(({ path, environment }) => {
      const conflict = environment.kind === "local" ? places.conflictAt(skill.id, path) : null;
      return conflict === null
        ? []
        : [{ index: skill.index, message: sanitize(`${path} cannot be a target: ${conflict}`) }];
    });
  });
  const [first] = problems;
  if (first === undefined) return;
  throw new EdenError("TARGET_IS_SOURCE", first.message, {
    stage: "manifest",
    hint: TARGET_IS_SOURCE_HINT,
    problems: problems.map(({ index, message }) => ({
      code: "TARGET_IS_SOURCE",
      severity: "error",
      path: `skills[${index}].targets`,
      message,
      line: null,
      column: null,
    })),
  });
}

export const TARGET_IS_SOURCE_HINT =
  "Choose another directory for the target: what a skill comes from is never replaced.";
