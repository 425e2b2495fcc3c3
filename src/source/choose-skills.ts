import type { DiscoveredSkill, Discovery, LeftOut } from "./discovery.js";
import { EdenError, sanitize } from "../errors.js";
import { skillIdProblem } from "../manifest/names/skill-id.js";
import { nearestWord } from "../manifest/names/nearest-word.js";

/** Which skills the user wants. */
export interface Choice {
  /** Ids, names or directories. */
  skills: readonly string[];
  all: boolean;
  /** The id for the one chosen skill. */
  id: string | null;
  /** Asks the user; null without a terminal. */
  ask: ((skills: readonly DiscoveredSkill[]) => Promise<DiscoveredSkill[]>) | null;
}

/**
 * The wanted skills of those that were found: the named ones, all, the only one, or what the user
 * answers.
 * @throws EdenError `USAGE` when that is not clear, with the names there are; `DUPLICATE_SKILL_ID`
 *   for two of one name; `SKILL_NOT_FOUND` for a name that none has; for one that is left out, what
 *   is wrong with it.
 */
export async function chooseSkills(found: Discovery, choice: Choice): Promise<DiscoveredSkill[]> {
  const chosen = await pick(found, choice);
  const [clash] = namesakes(chosen).values();
  if (clash !== undefined) throw asError(clash[0] ?? { path: "", reason: "", code: null });
  if (choice.id === null) return chosen;
  if (chosen.length > 1) throw usage(`--id names one skill, but ${chosen.length} are wanted`);
  const problem = skillIdProblem(choice.id);
  if (problem !== null) throw new EdenError("INVALID_SKILL_ID", `--id: ${problem}`);
  return chosen.map((skill) => ({ ...skill, id: choice.id ?? skill.id }));
}

/** True when all skills of the source are wanted. */
export function wantsAll({ skills, all }: Pick<Choice, "skills" | "all">): boolean {
  return all || skills.includes("*");
}

/**
 * All skills whose id is their own.
 * @returns those, and what is left out: skills that share an id with another one.
 */
export function withoutNamesakes(found: readonly DiscoveredSkill[]): { skills: DiscoveredSkill[]; left: LeftOut[] } {
  const clashes = namesakes(found);
  return { skills: found.filter(({ id }) => !clashes.has(id)), left: [...clashes.values()].flat() };
}

/** Skills of one name that a message names. */
const MOST_NAMED = 4;

/** The skills that share an id with another one, as left out, by that id. */
function namesakes(skills: readonly DiscoveredSkill[]): Map<string, LeftOut[]> {
  const byId = new Map<string, DiscoveredSkill[]>();
  for (const skill of skills) {
    const same = byId.get(skill.id);
    if (same === undefined) byId.set(skill.id, [skill]);
    else same.push(skill);
  }
  const clashes = [...byId].filter(([, same]) => same.length > 1);
  return new Map(
    clashes.map(([id, same]) => {
      const some = same.slice(0, MOST_NAMED).map(({ path }) => path);
      const paths = `${some.join(" and ")}${same.length > MOST_NAMED ? " …" : ""}`;
      const reason = `${same.length === 2 ? "two" : same.length} different skills are called ${id}: ${paths}`;
      return [id, same.map(({ path }) => ({ path, reason, code: "DUPLICATE_SKILL_ID" }))];
    }),
  );
}

/** What was left out, as the failure of a command that asked for it. */
export function asError({ path, reason, code }: LeftOut): EdenError {
  const isClash = code === "DUPLICATE_SKILL_ID";
  return new EdenError(code ?? "SKILL_NOT_FOUND", sanitize(isClash ? reason : `${path} is left out: ${reason}`), {
    stage: "resolve",
    ...(isClash && { hint: `Choose one by its directory: --skill ${sanitize(path)}` }),
  });
}

async function pick(discovery: Discovery, { skills, all, ask }: Choice): Promise<DiscoveredSkill[]> {
  const found = discovery.skills;
  if (all && skills.length > 0) throw usage("--all contradicts --skill: give one of the two");
  if (skills.length > 0 && !skills.includes("*")) return [...new Set(skills.map((word) => named(discovery, word)))];
  if (wantsAll({ skills, all }) || found.length === 1) return [...found];
  if (ask !== null) return await ask(found);
  throw usage(
    `there are ${found.length} skills here, and no terminal to ask which: ${someOf(found.map(({ id }) => id))}`,
    "Name them with --skill NAME…, or take --all.",
  );
}

/**
 * By directory, id or name, also one that is taken only when it is named; two of one name are
 * distinguished by their directories.
 */
function named({ skills, unlisted, skipped }: Discovery, word: string): DiscoveredSkill {
  const path = word.replace(/^\.\/|\/+$/gu, "");
  const one = among(skills, word, path) ?? among(unlisted, word, path);
  if (one !== undefined) return one;
  const left = skipped.find((other) => other.path === path || other.path.split("/").at(-1) === word);
  if (left !== undefined) throw asError(left);
  const ids = skills.map(({ id }) => id);
  const near = nearestWord(word, ids);
  throw new EdenError("SKILL_NOT_FOUND", `the source has no skill ${JSON.stringify(sanitize(word))}`, {
    hint: near === null ? `It has: ${someOf(ids)}.` : `Did you mean ${near}?`,
  });
}

function among(found: readonly DiscoveredSkill[], word: string, path: string): DiscoveredSkill | undefined {
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
  return undefined;
}

function someOf(words: readonly string[]): string {
  return `${words.slice(0, 30).join(", ")}${words.length > 30 ? ` and ${words.length - 30} more` : ""}`;
}

function usage(message: string, hint?: string): EdenError {
  return new EdenError("USAGE", message, hint === undefined ? {} : { hint });
}
