import type { SkillVersion } from "../run/events.js";
import { NO_SKILL_FILE } from "../store/marker.js";
import type { Store } from "../store/store.js";

/** True if these files are not a skill although the pinned ones are: upstream removed it. */
export function isNoSkill(store: Store, pin: SkillVersion, paths: readonly string[]): boolean {
  if (paths.some((path) => path.toLowerCase() === "skill.md")) return false;
  return store.readMarker(pin.tree)?.skillProblem?.startsWith(NO_SKILL_FILE) !== true;
}
