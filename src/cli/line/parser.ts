import yargs, { type Argv } from "yargs";
import { nameOf, type AnyCommand, type Command, type CommandGroup } from "./command.js";
import { GLOBAL_OPTIONS, VERSION_OPTION, type Globals } from "./global-options.js";
import { placeArguments } from "./place-arguments.js";
import { MORE, PROGRAM, widthOf } from "./texts.js";

/** One spelling for each option, and every value as it was typed. */
const PARSING = {
  "boolean-negation": false,
  "camel-case-expansion": false,
  "dot-notation": false,
  "parse-numbers": false,
  "parse-positional-numbers": false,
  "populate--": true,
  "strip-aliased": true,
};

/**
 * yargs, set up for our commands: it does not print or exit. Help and version are plain
 * options, since a line with an error is refused whatever else it asks for.
 * @param columns the width of the help.
 * @param entered is called with each command, or group of commands, that a line names.
 */
export function parserOf(
  commands: readonly AnyCommand[],
  columns: number | undefined,
  entered: (command: AnyCommand) => void,
): Argv<Globals> {
  const parser = yargs()
    .scriptName(PROGRAM)
    .parserConfiguration(PARSING)
    .detectLocale(false)
    .exitProcess(false)
    .help(false)
    .version(false)
    .wrap(widthOf(columns))
    .strictCommands()
    .strictOptions()
    .options(GLOBAL_OPTIONS)
    .option("version", { ...WITH_SHORT, global: false });
  for (const command of commands) register(parser, command.command, command, entered);
  return parser;
}

/**
 * Thrown in place of running a command, once its line is read and valid: yargs would then lay out
 * the help of the command. The caller runs the command.
 */
export class LineRead extends Error {
  constructor(readonly given: Readonly<Record<string, unknown>>) {
    super("the line is read");
  }
}

/** @param name its name within its group, with its argument. */
function register(
  parser: Argv<Globals>,
  name: string,
  command: AnyCommand,
  entered: (command: AnyCommand) => void,
): void {
  parser.command({
    command: [name, ...("members" in command ? [] : (command.aliases ?? []))],
    describe: command.describe,
    builder: (own: Argv<Globals>) => {
      entered(command);
      return "members" in command ? declareGroup(own, command, entered) : declare(own, command);
    },
    handler(given) {
      if (given["help"] !== true) throw new LineRead(given);
    },
  });
}

function declare(own: Argv<Globals>, command: Command): Argv<unknown> {
  own.middleware((given) => placeArguments(command, given), true);
  const examples = collectExamples(own);
  return (
    command
      // An empty group, so that the help shows the command's own options before others.
      .builder(own.group([], "Options:"))
      .epilogue(`${examplesText(examples)}\n\n${MORE}`)
      .option(command.ownVersion ? "V" : "version", command.ownVersion ? VERSION_OPTION : WITH_SHORT)
  );
}

/**
 * Takes the examples of a command from yargs, which would print them in two columns and break an
 * address to fit.
 */
function collectExamples(own: Argv<Globals>): (readonly [string, string?])[] {
  const examples: (readonly [string, string?])[] = [];
  const take = (some: readonly (readonly [string, string?])[]): Argv<Globals> => {
    examples.push(...some);
    return own;
  };
  return Object.assign(own, { example: take }) && examples;
}

/** Each example on a line of its own, below what it does. */
function examplesText(examples: readonly (readonly [string, string?])[]): string {
  return ["Examples:", ...examples.flatMap(([line, what = ""]) => [`  # ${what}`, `  ${line}`])].join("\n");
}

const WITH_SHORT = { ...VERSION_OPTION, alias: "V" } as const;

function declareGroup(
  own: Argv<Globals>,
  { command: group, members }: CommandGroup,
  entered: (command: AnyCommand) => void,
): Argv<Globals> {
  for (const member of members) register(own, member.command.slice(group.length + 1), member, entered);
  const expected = members.map(nameOf).join(" or ");
  return own.option("version", WITH_SHORT).demandCommand(1, `${group} is not a whole command: expected ${expected}`);
}
