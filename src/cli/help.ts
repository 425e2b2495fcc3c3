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
  const parser = yargs()
    .scriptName(PROGRAM)
    .detectLocale(false)
    .exitProcess(false)
    .fail(false)
    .version(false)
    .help("help", GLOBAL_OPTIONS.help.describe)
    .wrap(Math.max(60, Math.min(110, columns)));
  if (command === null) {
    parser.usage("$0 <command> [options]\n\nMakes this machine's agent skills what skills.toml says.\n\n" + START);
    for (const one of commands) parser.command(lineOf(one), one.summary);
    parser.epilogue([MANIFEST, EXIT_CODES, MORE].join("\n\n"));
  } else describeCommand(parser, command);
  declare(parser, GLOBAL_OPTIONS, "Options of every command:");
  let text = "";
  parser.parse(["--help"], {}, (_error, _values, output) => {
    text = output;
  });
  return text;
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
