import { posix } from "node:path";

/** The file that makes a directory a skill. */
export const SKILL_FILE = "SKILL.md";

/** True for `SKILL.md` in any case of letters. */
export function isSkillFile(path: string): boolean {
  return posix.basename(path).toLowerCase() === "skill.md";
}

/** The file that describes a skill, of those in its directory; in another case of letters only when none is called SKILL.md. */
export function pickSkillFile(names: Iterable<string>): string | null {
  const there = [...names].filter((name) => !name.includes("/") && isSkillFile(name));
  return there.includes(SKILL_FILE) ? SKILL_FILE : (there[0] ?? null);
}

/** What is wrong with the name of the file that describes a skill, in words; none for `SKILL.md`. */
export function fileNameFaults(path: string): string[] {
  const name = posix.basename(path);
  return name === SKILL_FILE ? [] : [`its file is called ${name}, agents look for SKILL.md: not all of them find it`];
}
