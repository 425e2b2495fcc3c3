import { sanitize, type EdenError } from "../../errors.js";
import { didYouMean } from "../../manifest/names/nearest-word.js";
import { usageError } from "./usage-error.js";

/** Where on a command line yargs found something wrong. */
export interface Place {
  /** The command's name; "" before it is known. */
  command: string;
  /** The commands that may stand there, by name; none after a whole command. */
  commands: readonly string[];
  /** The options that may stand there, without their dashes. */
  options: readonly string[];
}

/**
 * An argument is missing. This is checked later: an option with several values may have taken it,
 * and it is not an error with `--help`.
 */
export function isArgumentMissing(message: string): boolean {
  return /^(?:Not enough non-option arguments|Missing required argument)/u.test(message);
}

/** The command after a group is missing, such as `export` in `config export`. */
export function isUnfinished(message: string): boolean {
  return message.includes("is not a whole command");
}

/** What yargs found wrong, as a usage error that names the option, and what may have been meant. */
export function explained(message: string, place: Place): EdenError {
  for (const [pattern, explain] of EXPLANATIONS) {
    const match = pattern.exec(message);
    if (match !== null) return explain(match.slice(1), place);
  }
  return usageError("", message);
}

type Explain = (parts: string[], place: Place) => EdenError;

/** yargs reports errors only as text. */
const EXPLANATIONS: readonly (readonly [RegExp, Explain])[] = [
  [/^Unknown arguments?: (.+?)(?:, |$)/u, unknownOption],
  [/^Unknown commands?: (.*?)(?:, |$)/su, unknownArgument],
  [
    /^Not enough arguments following: (.*)$/u,
    ([name = ""]) =>
      usageError(dashed(name), `needs a value; one with a dash in front is written ${dashed(name)}=VALUE`),
  ],
  [
    /^Arguments (\S+) and (\S+) are mutually exclusive$/u,
    ([name = "", other = ""]) => usageError(dashed(name), `it contradicts ${dashed(other)}: give one of the two`),
  ],
  [
    /^Invalid values:\n {2}Argument: (\S+), Given: (.*), Choices: (.*)$/mu,
    ([name = "", given = "", choices = ""], { options }) => {
      const words = [...choices.matchAll(/"([^"]*)"/gu)].map(([, word = ""]) => word);
      const near = didYouMean(given.replaceAll('"', ""), words);
      return usageError(options.includes(name) ? dashed(name) : "", `${given} is none of ${choices}${near}`);
    },
  ],
];

function unknownOption([name = ""]: string[], { command, options }: Place): EdenError {
  const typed = dashed(name);
  const candidates = name.length === 1 ? [] : options.map(dashed);
  const what = command === "" ? "option" : `option of ${command}`;
  return usageError("", `unknown ${what}: ${quoted(typed)}${advice(typed, candidates)}`);
}

function unknownArgument([argument = ""]: string[], { command, commands, options }: Place): EdenError {
  if (command === "") return usageError("", `unknown command: ${quoted(argument)}${advice(argument, commands)}`);
  if (commands.length > 0) {
    return usageError("", `unknown command: ${quoted(`${command} ${argument}`)}: expected ${commands.join(" or ")}`);
  }
  const skills = options.includes("skill") ? "; name skills with --skill" : "";
  return usageError("", `${command} does not take ${quoted(argument)}${skills}`);
}

function advice(typed: string, candidates: readonly string[]): string {
  const meant = SYNONYMS.get(typed);
  return meant !== undefined && candidates.includes(meant)
    ? ` — did you mean "${meant}"?`
    : didYouMean(typed, candidates);
}

function dashed(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`;
}

function quoted(word: string): string {
  return JSON.stringify(sanitize(word));
}

/** What other tools call it. */
const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ["delete", "remove"],
  ["status", "plan"],
  ["info", "show"],
  ["view", "show"],
  ["check", "doctor"],
  ["fix", "repair"],
  ["undo", "rollback"],
  ["log", "history"],
]);
