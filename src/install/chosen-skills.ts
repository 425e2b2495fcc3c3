import { EdenError } from "../errors.js";
import { asError, chooseSkills, wantsAll, withoutNamesakes } from "../source/choose-skills.js";
import type { DiscoveredSkill, LeftOut } from "../source/discovery.js";
import type { OpenedSource } from "../source/open-source.js";
import type { CompleteRequest } from "./install-request.js";
import type { LookedAt } from "./looked-at.js";

/** The wanted skills of a source, and those that must be left out. */
export interface Chosen {
  chosen: DiscoveredSkill[];
  /** Skills that share an id, without those that discovery left out. */
  left: LeftOut[];
}

/**
 * The wanted skills of a source; the user may be asked.
 * @param isLenient invalid skills, and skills that share an id, are left out instead of being an
 *   error.
 * @throws EdenError as `chooseSkills`; `SKILL_NOT_FOUND` if it has none; the problem of an invalid
 *   skill if all are wanted.
 */
export async function chosenOf(request: CompleteRequest, opened: LookedAt, isLenient: boolean): Promise<Chosen> {
  const { picker } = request;
  const skills = opened.skill === null ? request.skills : [...request.skills, opened.skill];
  if (opened.skills.length === 0 && (skills.length === 0 || wantsAll({ skills, all: false })))
    throw nothingFound(opened);
  const bad = wantsAll({ ...request, skills }) ? opened.skipped.filter(isWrong) : [];
  const first = isLenient ? undefined : bad[0];
  if (first !== undefined) throw asError(first);
  const distinct = isLenient ? withoutNamesakes(opened.skills) : { skills: opened.skills, left: [] };
  const only = [...distinct.left, ...bad][0];
  if (distinct.skills.length === 0 && only !== undefined) throw asError(only);
  const chosen = await chooseSkills(
    { ...opened, skills: distinct.skills },
    { ...request, skills, ask: picker === null ? null : async (found) => await picker.skills(found) },
  );
  return { chosen, left: distinct.left };
}

/**
 * True for an item that would be installed if it were valid. Skills that no agent would load do not
 * count: templates have no description.
 */
export function isWrong({ code }: LeftOut): boolean {
  return code !== null && code !== "SKILL_INVALID";
}

function nothingFound({ skipped, repo }: OpenedSource): EdenError {
  const wrong = skipped.find(isWrong);
  if (wrong !== undefined) return asError(wrong);
  const reasons = skipped.slice(0, 5).map(({ path, reason }) => `${path}: ${reason}`);
  return new EdenError(
    "SKILL_NOT_FOUND",
    reasons.length === 0
      ? `${repo} has no SKILL.md`
      : `${repo} has no skill that can be installed (${reasons.join("; ")})`,
    { hint: "A skill is a directory with a SKILL.md that has a description in its front matter." },
  );
}
