import type { FallbackCompletionFunction } from "yargs";
import { nameOf, type AnyCommand } from "./command.js";
import { parserOf } from "./parser.js";
import { argumentsOf } from "./place-arguments.js";

/** Names from the user's manifest; each list is read only if it is needed. */
export interface OwnWords {
  /** Ids of the manifest's skills; none if it is unreadable. */
  skillIds(): Promise<readonly string[]>;
  /** Ids of all agents, with those of the manifest. */
  agentIds(): Promise<readonly string[]>;
  /** Names of the manifest's groups. */
  groupNames(): Promise<readonly string[]>;
  /** Names of the manifest's registries. */
  registryNames(): Promise<readonly string[]>;
}

/**
 * What completes the value of an option: these values, names from the manifest, or its choices. The
 * shell completes the others.
 */
const VALUES: Readonly<Record<string, readonly string[] | keyof OwnWords | "choices">> = {
  color: "choices",
  "log-format": "choices",
  deny: "choices",
  concurrency: ["auto"],
  mode: ["copy", "symlink"],
  target: "agentIds",
  agent: "agentIds",
  group: "groupNames",
  a: "agentIds",
};

/** yargs writes a short option with two dashes when two were typed. */
const MISSPELT = /^--.(?:\W|$)/u;

/** What completes the arguments of a command, by the name of the argument. */
const ARGUMENTS: Readonly<Record<string, keyof OwnWords>> = {
  ids: "skillIds",
  skill: "skillIds",
  subject: "skillIds",
  names: "registryNames",
  agents: "agentIds",
};

/**
 * The completions at the cursor: the commands, options and choices that yargs knows, and names from
 * the user's manifest.
 * @param asked the request of the shell's script: `--get-yargs-completions eden-skills apply web`.
 * @param ownWords returns the names in the manifest that the line selects.
 */
export async function completionsOf(
  asked: readonly string[],
  commands: readonly AnyCommand[],
  ownWords: (config: string | undefined) => OwnWords,
): Promise<readonly string[]> {
  const typed = asked.slice(2, -1);
  const begun = asked.at(-1) ?? "";
  let command = null as AnyCommand | null;
  let given: Record<string, unknown> = {};
  let known: string[] = [];
  const parser = parserOf(commands, 100, (entered) => {
    command = entered;
  });
  const complete: FallbackCompletionFunction = (_begun, argv, byYargs, done) => {
    given = argv;
    byYargs((_error, words) => {
      known = [...(words ?? [])];
      done([]);
    });
  };
  parser.completion("get-yargs-completions", false, complete).parseSync([...asked]);
  const own = ownWords(typeof given["config"] === "string" ? given["config"] : undefined);
  const aliases = parser.parsed === false ? {} : parser.parsed.aliases;
  const option = begun.startsWith("-") ? null : optionAt(typed, given, aliases);
  if (option !== null) {
    const values = VALUES[option] ?? [];
    return values === "choices" ? known : typeof values === "string" ? await own[values]() : [...values];
  }
  const words = known.filter((word) => word.startsWith("-") === begun.startsWith("-") && !MISSPELT.test(word));
  const wanted = argumentAt(command, typed);
  if (wanted === undefined || begun.startsWith("-")) return words;
  return [...words, ...(await own[wanted]()).filter((word) => !typed.includes(word))];
}

/** What completes the argument at the cursor. */
function argumentAt(command: AnyCommand | null, typed: readonly string[]): keyof OwnWords | undefined {
  if (command === null || "members" in command) return undefined;
  const names = argumentsOf(command).map(({ name }) => name);
  const words = typed.filter((word) => !word.startsWith("-")).length - nameOf(command).split(" ").length;
  return ARGUMENTS[(names.length > 1 ? names[words] : names[0]) ?? ""];
}

/**
 * The option whose value stands at the cursor, or null: one right before it, or one that takes
 * several.
 */
function optionAt(
  typed: readonly string[],
  given: Readonly<Record<string, unknown>>,
  aliases: Readonly<Record<string, readonly string[]>>,
): string | null {
  const option = typed.findLast((word) => word.startsWith("-"));
  if (option === undefined || option.includes("=")) return null;
  const name = option.replace(/^-+/u, "");
  const value = [name, ...(aliases[name] ?? [])].map((one) => given[one]).find((one) => one !== undefined);
  const takesValue = typed.at(-1) === option ? typeof value !== "boolean" : Array.isArray(value);
  return takesValue ? name : null;
}
