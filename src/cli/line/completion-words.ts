import type { Command } from "./command.js";
import { GLOBAL_OPTIONS } from "./global-options.js";
import type { Options } from "./option.js";

/** What is known of the user's own words; each is asked for only when it is needed. */
export interface OwnWords {
  /** Ids of the manifest's skills; none when it cannot be read. */
  skillIds(): Promise<readonly string[]>;
  /** Ids of all agents. */
  agentIds(): Promise<readonly string[]>;
  /** Names of the manifest's registries. */
  registryNames(): Promise<readonly string[]>;
}

/** Options whose value is one of few words. */
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  color: ["auto", "always", "never"],
  concurrency: ["auto"],
  mode: ["copy", "symlink"],
  deny: ["info", "low", "medium", "high", "critical"],
};

/** Options whose value is a path: the shell knows better. */
const PATHS = new Set(["config", "report", "report-html", "bundle", "from-bundle", "output", "from"]);

/**
 * The words that may stand where the cursor is.
 * @param typed the words before the cursor without the program's name, the last one maybe begun or empty.
 * @returns those that begin with the last one, sorted; null when it is the name of a file.
 */
export async function completionsOf(
  typed: readonly string[],
  commands: readonly Command[],
  own: OwnWords,
): Promise<string[] | null> {
  const last = typed.at(-1) ?? "";
  const before = typed.slice(0, -1);
  const command = commands
    .filter(({ name }) => name.split(" ").every((word) => before.includes(word)))
    .toSorted((a, b) => b.name.length - a.name.length)[0];
  const options: Options = { ...command?.options, ...GLOBAL_OPTIONS };
  const asked = /^--(?<name>[a-z-]+)$/u.exec(before.at(-1) ?? "")?.groups?.["name"];
  const wantsValue = asked !== undefined && (options[asked]?.kind ?? "flag") !== "flag";
  if (wantsValue && PATHS.has(asked)) return null;
  if (asked === "target" || isFurtherTarget(before, last))
    return beginningWith([...(await own.agentIds()), "custom:", "docker:", "ssh:"], last);
  if (wantsValue) return beginningWith(CHOICES[asked] ?? [], last);
  if (last.startsWith("-")) return beginningWith(optionWords(options), last);
  if (command === undefined) return beginningWith(nextWords(commands, before), last);
  const { positional } = command;
  if (positional === undefined || positional.name === "word") return [];
  if (positional.name === "files" || positional.name === "file") return null;
  if (positional.name === "names") return beginningWith(await own.registryNames(), last);
  if (positional.name !== "ids" && positional.name !== "id") return beginningWith(choicesOf(positional.describe), last);
  const ids = await own.skillIds();
  return beginningWith(
    ids.filter((id) => !before.includes(id)),
    last,
  );
}

/** `--target a b`: the last option was `--target`, and what follows it are agents. */
function isFurtherTarget(before: readonly string[], last: string): boolean {
  return !last.startsWith("-") && before.findLast((word) => word.startsWith("--")) === "--target";
}

/** First words of commands, or the second ones of those whose first is there. */
function nextWords(commands: readonly Command[], before: readonly string[]): string[] {
  const names = commands.map(({ name }) => name.split(" "));
  const begun = names.filter(([first = "", second]) => second !== undefined && before.includes(first));
  const words = begun.length > 0 ? begun.map(([, second = ""]) => second) : names.map(([first = ""]) => first);
  return [...new Set(words)];
}

/** The words of a list such as "bash, fish, zsh"; none of a sentence. */
function choicesOf(describe: string): string[] {
  const words = describe.split(", ");
  return words.some((word) => word.includes(" ")) ? [] : words;
}

function optionWords(options: Options): string[] {
  return Object.keys(options).map((name) => `--${name}`);
}

function beginningWith(words: readonly string[], begun: string): string[] {
  return words.filter((word) => word.startsWith(begun)).toSorted();
}
