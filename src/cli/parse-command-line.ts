import yargs, { type Argv } from "yargs";
import { sanitize } from "../errors.js";
import { didYouMean } from "../manifest/nearest-word.js";
import { Arguments, usageError } from "./arguments.js";
import type { Command, Options } from "./command.js";
import { GLOBAL_OPTIONS } from "./global-options.js";

/** What a command line asks for. */
export type Request =
  | { kind: "help"; text: string }
  | { kind: "version" }
  /** Nothing was asked; `text` is the help. */
  | { kind: "nothing"; text: string }
  | { kind: "command"; command: Command; given: Arguments };

const PROGRAM = "eden-skills";

const MANIFEST =
  "The manifest is the one of --config, else of EDEN_SKILLS_CONFIG, else skills.toml here or in a parent directory up to the one that holds .git, else ~/.eden-skills/skills.toml.";
const EXIT_CODES =
  "Exit codes: 0 the machine matches the manifest; 1 something failed; 2 the manifest or the command line is wrong; 3 not converged (a conflict, a stale lockfile); 129, 130 and 143 interrupted.";

/**
 * Reads the command line. yargs splits it and writes the help; what is unknown, missing or too much is judged here, so that every
 * message is ours.
 *
 * @throws EdenError `USAGE`.
 */
export function parseCommandLine(argv: readonly string[], commands: readonly Command[], columns: number): Request {
  const { values, help } = split(argv, commands, columns);
  const words = Array.isArray(values["_"]) ? values["_"].map(String) : [];
  const command = commands.find(({ name }) => name === words[0]);
  const asksHelp = help !== "" && !Object.hasOwn(values, "get-yargs-completions");
  if (asksHelp && (command !== undefined || words.length === 0)) {
    return { kind: "help", text: help };
  }
  if (command === undefined && words[0] !== undefined) {
    throw usageError(
      "",
      unknown(
        "command",
        words[0],
        commands.map(({ name }) => name),
      ),
    );
  }
  const options: Options = { ...GLOBAL_OPTIONS, ...command?.options };
  refuseUnknownOptions(values, options, command);
  refuseOddFlags(argv, options);
  if (values["version"] === true) return { kind: "version" };
  if (command === undefined) {
    return { kind: "nothing", text: split(["--help"], commands, columns).help };
  }
  return { kind: "command", command, given: new Arguments(values, wordsFor(command, words, values)) };
}

/** True when a command line that could not be read wanted JSON all the same. */
export function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return (end === -1 ? argv : argv.slice(0, end)).some((word) => word === "--json" || word === "--json=true");
}

function split(
  argv: readonly string[],
  commands: readonly Command[],
  columns: number,
): { values: Record<string, unknown>; help: string } {
  const parser = yargs()
    .scriptName(PROGRAM)
    .usage("$0 <command> [options]\n\nMakes this machine's agent skills what skills.toml says.")
    .parserConfiguration({
      "boolean-negation": false,
      "camel-case-expansion": false,
      "dot-notation": false,
      "parse-numbers": false,
      "parse-positional-numbers": false,
    })
    .detectLocale(false)
    .exitProcess(false)
    .fail(false)
    .version(false)
    .help("help", GLOBAL_OPTIONS.help.describe)

    .epilogue([MANIFEST, EXIT_CODES, `More about one command: ${PROGRAM} <command> --help`].join("\n\n"))
    .wrap(Math.max(60, Math.min(110, columns)));
  declare(parser, GLOBAL_OPTIONS, "Options of every command:");
  for (const command of commands) declareCommand(parser, command);
  let help = "";
  const values = parser.parse([...argv], {}, (_error, _values, output) => {
    help = output;
  });
  return { values: { ...values }, help };
}

function declareCommand(parser: Argv, { name, positional, summary, options, examples }: Command): void {
  const word = positional === undefined ? "" : ` [${positional.name}${positional.many ? ".." : ""}]`;
  parser.command(
    `${name}${word}`,
    summary,
    (own) => {
      own.usage(`$0 ${name}${word} [options]\n\n${summary}.`);
      if (positional !== undefined) {
        own.positional(positional.name, {
          type: "string",
          describe: positional.describe,
          ...(positional.many && { defaultDescription: "all" }),
        });
      }
      declare(own, options, "Options:");
      own.epilogue([MANIFEST, EXIT_CODES].join("\n\n"));
      for (const [line, meaning] of examples) own.example(`$0 ${line}`, meaning);
      return own;
    },
    () => {},
  );
}

function declare(parser: Argv, options: Options, group: string): void {
  for (const [name, { kind, describe, short }] of Object.entries(options)) {
    parser.option(name, {
      type: kind === "flag" ? "boolean" : "string",
      describe,
      group,
      ...(short !== undefined && { alias: short }),
    });
  }
}

function refuseUnknownOptions(values: Record<string, unknown>, options: Options, command: Command | undefined): void {
  const known = new Set(["_", "$0"]);
  if (command?.positional !== undefined) known.add(command.positional.name);
  for (const [name, { short }] of Object.entries(options)) known.add(name).add(short ?? name);
  const stray = Object.keys(values).find((name) => !known.has(name));
  if (stray === undefined) return;
  const typed = stray.length === 1 ? `-${stray}` : `--${stray}`;
  throw usageError(
    "",
    unknown(
      "option",
      typed,
      Object.keys(options).map((name) => `--${name}`),
    ),
  );
}

/** `--json=maybe`: yargs takes any value of a flag, and reads all but one as false. */
function refuseOddFlags(argv: readonly string[], options: Options): void {
  for (const word of argv) {
    if (word === "--") return;
    const [, name = "", value = ""] = /^--([^=]+)=(.*)$/s.exec(word) ?? [];
    if (Object.hasOwn(options, name) && options[name]?.kind === "flag" && value !== "true" && value !== "false") {
      throw usageError(`--${name}`, "takes no value");
    }
  }
}

/** The words after the command's name, those after `--` included. */
function wordsFor(command: Command, rest: readonly string[], values: Record<string, unknown>): string[] {
  const named = command.positional === undefined ? undefined : values[command.positional.name];
  const words = [named ?? []].flat().map(String).concat(rest.slice(1));
  const most = command.positional === undefined ? 0 : command.positional.many ? Infinity : 1;
  const extra = words[most];
  if (extra !== undefined) throw usageError("", `${command.name} does not take ${JSON.stringify(sanitize(extra))}`);
  if (most === 1 && words.length === 0) {
    throw usageError("", `${command.name} needs a word: ${command.positional?.describe}`);
  }
  return words;
}

function unknown(what: string, word: string, candidates: readonly string[]): string {
  return `unknown ${what} ${JSON.stringify(sanitize(word))}${didYouMean(word, candidates)}`;
}
