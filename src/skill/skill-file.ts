import { posix } from "node:path";

/** The file that makes a directory a skill. */
export const SKILL_FILE = "SKILL.md";

/** True for `SKILL.md` in any letter case. */
export function isSkillFile(path: string): boolean {
  return posix.basename(path).toLowerCase() === "skill.md";
}

/**
 * The skill file among the names in a directory; with another letter case only if there is no
 * SKILL.md.
 */
export function pickSkillFile(names: Iterable<string>): string | null {
  const there = [...names].filter((name) => !name.includes("/") && isSkillFile(name));
  return there.includes(SKILL_FILE) ? SKILL_FILE : (there[0] ?? null);
}

/** Warnings about the name of the skill file; none for `SKILL.md`. */
export function fileNameFaults(path: string): string[] {
  const name = posix.basename(path);
  return name === SKILL_FILE ? [] : [`its file is called ${name}, agents look for SKILL.md: not all of them find it`];
}
