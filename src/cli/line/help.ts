import yargs, { type Argv } from "yargs";
import type { Command } from "./command.js";
import { GLOBAL_OPTIONS } from "./global-options.js";
import type { Options } from "./option.js";

const PROGRAM = "eden-skills";
const MANIFEST =
  "The manifest is the one of --config, else of EDEN_SKILLS_CONFIG, else skills.toml here or in a parent directory up to the one that holds .git, else ~/.eden-skills/skills.toml.";
const EXIT_CODES =
  "Exit codes: 0 done (for plan, doctor, outdated and audit also when they found something, unless --strict, --check or --deny); 1 something failed; 2 the manifest or the command line is wrong; 3 not converged (a conflict, a stale lockfile); 129, 130 and 143 interrupted.";
const START = `To begin: \`${PROGRAM} install owner/repo --list\`, then \`${PROGRAM} install owner/repo --skill NAME\`; or \`${PROGRAM} init\`, write skills.toml, and \`${PROGRAM} apply\`.`;
const MORE = `More about one command: ${PROGRAM} <command> --help`;

/**
 * The help about one command, or about all when there is none, as wide as `columns` allow. Import this module when help is asked for:
 * yargs, which lays it out, is heavy.
 */
export function helpText(commands: readonly Command[], command: Command | null, columns: number): string {
  const width = Math.max(60, Math.min(110, columns));
  const parser = yargs()
    .scriptName(PROGRAM)
    .detectLocale(false)
    .exitProcess(false)
    .fail(false)
    .version(false)
    .help("help", GLOBAL_OPTIONS.help.describe)
    .wrap(width);
  if (command === null) {
    parser.usage("$0 <command> [options]\n\nMakes this machine's agent skills what skills.toml says.\n\n" + START);
    parser.epilogue([MANIFEST, EXIT_CODES, MORE].join("\n\n"));
  } else describeCommand(parser, command);
  declare(parser, GLOBAL_OPTIONS, "Options of every command:");
  let text = "";
  void parser.parse(["--help"], {}, (_error, _values, output) => {
    text = output;
  });
  // The list is laid out here: for two dozen commands yargs takes longer than all the rest of the program.
  return command === null ? text.replace(LIST, () => commandLines(commands, width).join("\n")) : text;
}

/** What comes after the list of commands; the list itself is put in front of it. */
const LIST = /^(?=Options of every command:)/mu;

/** A line for each command: its words, and beside them what it does, which goes on below itself where it is too long. */
function commandLines(commands: readonly Command[], width: number): string[] {
  const words = commands.map((command) => `  ${PROGRAM} ${lineOf(command)}`);
  const indent = Math.min(Math.max(...words.map(({ length }) => length)) + 2, Math.floor(width / 2));
  const lines = commands.flatMap(({ summary }, index) => {
    const [first = "", ...rest] = wrapped(summary, width - indent);
    const word = words[index] ?? "";
    const beside = word.length < indent - 1 ? [word.padEnd(indent) + first] : [word, " ".repeat(indent) + first];
    return [...beside, ...rest.map((line) => " ".repeat(indent) + line)];
  });
  return ["Commands:", ...lines, "", ""];
}

function wrapped(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1) ?? "";
    if (line === "") lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function describeCommand(parser: Argv, command: Command): void {
  const { positional, summary, options, examples } = command;
  const words = positional === undefined ? "" : `\n\n${positional.name}: ${positional.describe}`;
  parser.usage(`$0 ${lineOf(command)} [options]\n\n${summary}.${words}`);
  declare(parser, options, "Options:");
  for (const [line, meaning] of examples) parser.example(`$0 ${line}`, meaning);
  parser.epilogue([MANIFEST, EXIT_CODES].join("\n\n"));
}

/** `apply [ids..]`. */
function lineOf({ name, positional }: Command): string {
  if (positional === undefined) return name;
  return `${name} ${positional.many ? `[${positional.name}..]` : `<${positional.name}>`}`;
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
