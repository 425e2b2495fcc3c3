import { asksForJson } from "./asks-for-json.js";
import { membersOf, nameOf, namesOf, type AnyCommand } from "./command.js";
import type { Globals } from "./global-options.js";
import { LineRead, parserOf } from "./parser.js";
import { argumentsOf } from "./place-arguments.js";
import { refuseFlagValues, refuseValues } from "./refuse-values.js";
import { explained, isUnfinished, isArgumentMissing, type Place } from "./usage-failure.js";

/** What a command line asks for. */
export interface Line {
  /** The command, or the group of commands, that it names; null for none. */
  command: AnyCommand | null;
  /** Options and arguments by name; after a failure as far as they were read. */
  given: Given;
  /** Why it cannot be followed, or null. */
  failure: unknown;
  /** The help about the command. */
  help(): Promise<string>;
}

export type Given = Globals & { version?: boolean | string; V?: boolean };

/** yargs gives each list of arguments a default, which says nothing. */
const LIST = "[array] [default: []]";

/** Reads a command line; never throws. @param columns the width of the help. */
export function readLine(argv: readonly string[], commands: readonly AnyCommand[], columns: number | undefined): Line {
  const line: Line = {
    command: null,
    given: {} as Given,
    failure: null,
    help: async () => (await parser.getHelp()).replaceAll(LIST, "[array]".padStart(LIST.length)),
  };
  const parser = parserOf(namedFirst(argv, commands), columns, (entered) => {
    line.command = entered;
  });
  // yargs may fail before it has read anything, as when no descriptor is left.
  const nothingRead = { argv: { json: asksForJson(argv) }, aliases: {} };
  const soFar = () => (parser.parsed === false ? nothingRead : parser.parsed);
  parser
    .fail((message, error) => {
      // yargs throws a YError for its messages; any other error is ours or a bug.
      if (error !== undefined && error.name !== "YError") throw error;
      const { argv: given, aliases } = soFar();
      if (isArgumentMissing(message) || (isUnfinished(message) && (given as Given).help === true)) return;
      throw explained(message, placeOf(line.command, commands, Object.keys(aliases)));
    })
    .check((given) => {
      refuseFlagValues(argv, given);
      refuseValues(given);
      return true;
    }, true);
  try {
    line.given = parser.parseSync([...argv]) as Given;
  } catch (error) {
    if (!(error instanceof LineRead)) line.failure = error;
    line.given = (error instanceof LineRead ? error.given : soFar().argv) as Given;
  }
  return line;
}

/** The command that the first word names, alone: yargs takes long to set up all; else all. */
function namedFirst([word = ""]: readonly string[], commands: readonly AnyCommand[]): readonly AnyCommand[] {
  const named = commands.filter((command) => namesOf(command).includes(word));
  return named.length === 0 ? commands : named;
}

function placeOf(command: AnyCommand | null, commands: readonly AnyCommand[], options: readonly string[]): Place {
  if (command === null) return { command: "", commands: commands.flatMap(membersOf).map(nameOf), options };
  if ("members" in command) return { command: command.command, commands: command.members.map(nameOf), options };
  const names = new Set(argumentsOf(command).map(({ name }) => name));
  return { command: nameOf(command), commands: [], options: options.filter((name) => !names.has(name)) };
}
