import type { SkillVersion } from "../run/events.js";
import { NO_SKILL_FILE, readMarker } from "../store/marker.js";

/** True when these files are no skill although the pinned ones are: upstream removed it. */
export function isNoSkill(storageRoot: string, pin: SkillVersion, paths: readonly string[]): boolean {
  if (paths.some((path) => path.toLowerCase() === "skill.md")) return false;
  return readMarker(storageRoot, pin.tree)?.skillProblem?.startsWith(NO_SKILL_FILE) !== true;
}
