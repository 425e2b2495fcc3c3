import type { FallbackCompletionFunction } from "yargs";
import type { AnyCommand } from "./command.js";
import { parserOf } from "./parser.js";
import { wordOf } from "./place-words.js";

/** What is known of the user's own words; each is asked for only when it is needed. */
export interface OwnWords {
  /** Ids of the manifest's skills; none when it cannot be read. */
  skillIds(): Promise<readonly string[]>;
  /** Ids of all agents. */
  agentIds(): Promise<readonly string[]>;
  /** Names of the manifest's registries. */
  registryNames(): Promise<readonly string[]>;
}

/**
 * What completes the value of an option: these words, some of the user's own, or its choices. All
 * else is left to the shell.
 */
const VALUES: Readonly<Record<string, readonly string[] | keyof OwnWords | "choices">> = {
  color: "choices",
  deny: "choices",
  concurrency: ["auto"],
  mode: ["copy", "symlink"],
  target: "agentIds",
  agent: "agentIds",
  a: "agentIds",
};

/** yargs writes a short option with two dashes when two were typed. */
const MISSPELT = /^--.(?:\W|$)/u;

/** What completes the words of a command, by the name that it gives them. */
const WORDS: Readonly<Record<string, keyof OwnWords>> = {
  ids: "skillIds",
  skill: "skillIds",
  names: "registryNames",
};

/**
 * The words that may stand where the cursor is: the commands, options and choices that yargs knows,
 * and the user's own.
 * @param asked what the script of a shell asks: `--get-yargs-completions eden-skills apply web`.
 * @param ownWords the user's words for the manifest that the line names.
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
  const name = command === null || "members" in command ? "" : wordOf(command).name;
  const wanted = WORDS[name];
  if (wanted === undefined || begun.startsWith("-")) return words;
  return [...words, ...(await own[wanted]()).filter((word) => !typed.includes(word))];
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
