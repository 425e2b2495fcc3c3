import { EdenError, sanitize } from "../errors.js";
import { skillIdProblem } from "../manifest/skill-id.js";
import { nearestWord } from "../manifest/nearest-word.js";
import type { DiscoveredSkill } from "./discover-skills.js";

/** What was said of which skills are wanted. */
export interface Choice {
  /** Ids, names or directories. */
  skills: readonly string[];
  all: boolean;
  /** What the one chosen skill is to be called. */
  id: string | null;
  /** Asks the user; null where nobody can be asked. */
  ask: ((skills: readonly DiscoveredSkill[]) => Promise<DiscoveredSkill[]>) | null;
}

/**
 * The wanted skills of those that were found: the named ones, all, the only one, or what the user answers.
 * @throws EdenError `USAGE` when that is not clear, with the names there are; `DUPLICATE_SKILL_ID` for two of one name;
 *   `SKILL_NOT_FOUND` for a name that none has.
 */
export async function chooseSkills(found: readonly DiscoveredSkill[], choice: Choice): Promise<DiscoveredSkill[]> {
  const chosen = await pick(found, choice);
  const first = new Map<string, DiscoveredSkill>();
  for (const skill of chosen) {
    const twin = first.get(skill.id);
    if (twin === undefined) {
      first.set(skill.id, skill);
      continue;
    }
    throw new EdenError(
      "DUPLICATE_SKILL_ID",
      `two different skills are called ${skill.id}: ${sanitize(twin.path)} and ${sanitize(skill.path)}`,
      { hint: `Choose one by its directory: --skill ${sanitize(twin.path)}` },
    );
  }
  if (choice.id === null) return chosen;
  if (chosen.length > 1) throw usage(`--id names one skill, but ${chosen.length} are wanted`);
  const problem = skillIdProblem(choice.id);
  if (problem !== null) throw new EdenError("INVALID_SKILL_ID", `--id: ${problem}`);
  return chosen.map((skill) => ({ ...skill, id: choice.id ?? skill.id }));
}

async function pick(found: readonly DiscoveredSkill[], { skills, all, ask }: Choice): Promise<DiscoveredSkill[]> {
  if (all && skills.length > 0) throw usage("--all contradicts --skill: give one of the two");
  if (skills.length > 0 && !skills.includes("*")) return [...new Set(skills.map((word) => named(found, word)))];
  if (all || skills.includes("*") || found.length === 1) return [...found];
  if (ask !== null) return await ask(found);
  throw usage(
    `there are ${found.length} skills here, and nobody to ask which: ${someOf(found.map(({ id }) => id))}`,
    "Name them with --skill NAME…, or take --all.",
  );
}

/** By directory, id or name; two of one name must be told apart by their directories. */
function named(found: readonly DiscoveredSkill[], word: string): DiscoveredSkill {
  const path = word.replace(/^\.\/|\/+$/gu, "");
  const ways: ((skill: DiscoveredSkill) => boolean)[] = [
    (skill) => skill.path === path,
    (skill) => skill.id === word,
    (skill) => skill.name === word,
    (skill) => skill.path.split("/").at(-1) === word,
    (skill) => skill.id === word.toLowerCase(),
  ];
  for (const way of ways) {
    const matching = found.filter(way);
    if (matching.length > 1) {
      const paths = matching.map((skill) => sanitize(skill.path)).join(" and ");
      throw new EdenError(
        "DUPLICATE_SKILL_ID",
        `${matching.length} different skills are called ${sanitize(word)}: ${paths}`,
        {
          hint: "Name the directory of one of them instead.",
        },
      );
    }
    if (matching[0] !== undefined) return matching[0];
  }
  const near = nearestWord(
    word,
    found.map(({ id }) => id),
  );
  throw new EdenError("SKILL_NOT_FOUND", `there is no skill ${JSON.stringify(sanitize(word))} here`, {
    hint: near === null ? `There is: ${someOf(found.map(({ id }) => id))}.` : `Did you mean ${near}?`,
  });
}

function someOf(words: readonly string[]): string {
  return `${words.slice(0, 30).join(", ")}${words.length > 30 ? ` and ${words.length - 30} more` : ""}`;
}

function usage(message: string, hint?: string): EdenError {
  return new EdenError("USAGE", message, hint === undefined ? {} : { hint });
}
