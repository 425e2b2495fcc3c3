import { parseArgs } from "node:util";
import { sanitize, type EdenError } from "../../errors.js";
import { didYouMean } from "../../manifest/names/nearest-word.js";
import { Arguments, usageError } from "./arguments.js";
import type { Command } from "./command.js";
import { GLOBAL_OPTIONS, readGlobals, type Globals } from "./global-options.js";
import type { Options } from "./option.js";

/** What a command line asks for. */
export type Request =
  /** Help about one command, or about all of them. */
  | { kind: "help"; command: Command | null; globals: Globals }
  | { kind: "version"; globals: Globals }
  | { kind: "nothing" }
  | { kind: "command"; command: Command; given: Arguments; globals: Globals };

/**
 * Reads the command line. Node's own parser splits it, since yargs takes longer to load than an `apply` with nothing to do takes to run;
 * what is unknown, missing or too much is judged here.
 *
 * @throws EdenError `USAGE`.
 */
export function parseCommandLine(argv: readonly string[], commands: readonly Command[]): Request {
  const command = commandOf(split(argv, commands, "unknown").words, commands);
  const { words, values } = split(argv, commands, command);
  if (command === null && words[0] !== undefined) throw unknownCommand(words[0], commands);
  const options = optionsOf(command);
  refuseUnknown(values, options, command);
  const given = new Arguments(values, words.slice(command?.name.split(" ").length ?? 0));
  judgeValues(given, values.keys(), options);
  const globals = readGlobals(given);
  if (command !== null) refuseExtraWords(given.words, command);
  command?.judge?.(given);
  // Only a line that is right so far is answered with help or the version.
  if (given.flag("help")) return { kind: "help", command, globals };
  if (given.flag("version") || given.flag("V")) return { kind: "version", globals };
  if (command === null) return { kind: "nothing" };
  requireWord(given.words, command);
  return { kind: "command", command, given, globals };
}

/** True when a command line that could not be read wanted JSON all the same. */
export function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  const read = end === -1 ? argv : argv.slice(0, end);
  const last = read.findLast((word) => word === "--json" || word.startsWith("--json="));
  return last === "--json" || last === "--json=true";
}

/** What a command takes; its own options go before the global ones of their names, whose short forms stay. */
function optionsOf(command: Command | null): Options {
  const own = command?.options ?? {};
  const shadowed = Object.entries<Options[string]>(GLOBAL_OPTIONS).filter(([name]) => Object.hasOwn(own, name));
  const shorts = shadowed.flatMap(([, option]) => (option.short === undefined ? [] : [[option.short, option]]));
  return { ...GLOBAL_OPTIONS, ...own, ...Object.fromEntries(shorts) };
}

/**
 * Words and options by name, each with all its values in order; `true` for an option without one.
 * @param command whose options are meant where two commands have different ones of a name; as long as it is unknown, no value is judged.
 */
function split(
  argv: readonly string[],
  commands: readonly Command[],
  command: Command | null | "unknown",
): { words: string[]; values: Map<string, (string | boolean)[]> } {
  const isUnknown = command === "unknown";
  const known: Options = Object.assign(
    {},
    ...commands.map(({ options }) => options),
    optionsOf(isUnknown ? null : command),
  );
  const { tokens } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(
      Object.entries(known).map(([name, { kind, short }]) => [
        name,
        { type: kind === "flag" ? ("boolean" as const) : ("string" as const), ...(short !== undefined && { short }) },
      ]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const words: string[] = [];
  const values = new Map<string, (string | boolean)[]>();
  /** The list that further words belong to, and the words that went there. */
  let listed: string | null = null;
  const taken: string[] = [];
  for (const token of tokens) {
    if (token.kind === "option-terminator") listed = null;
    if (token.kind === "positional" && listed !== null) {
      values.set(listed, [...(values.get(listed) ?? []), token.value]);
      taken.push(listed);
    } else if (token.kind === "positional") words.push(token.value);
    if (token.kind !== "option") continue;
    const { name, rawName, inlineValue } = token;
    const option = Object.hasOwn(known, name) ? known[name] : undefined;
    const value = option?.kind === "flag" && !isUnknown ? flagValue(rawName, token.value) : token.value;
    const wantsValue = option?.kind === "text" || option?.kind === "list";
    if (!isUnknown && wantsValue && !inlineValue && (value === undefined || /^-./.test(String(value)))) {
      throw usageError(
        rawName,
        `needs a value${value === undefined ? "" : `; one with a dash in front is written ${rawName}=VALUE`}`,
      );
    }
    values.set(name, [...(values.get(name) ?? []), value ?? true]);
    listed = option?.kind === "list" && commandOf(words, commands) !== null ? name : null;
  }
  giveBack(words, values, taken, commandOf(words, commands));
  return { words, values };
}

/** `--skill a b SOURCE`: the word that the command itself needs is the last one that a list took. */
function giveBack(
  words: string[],
  values: Map<string, (string | boolean)[]>,
  taken: readonly string[],
  command: Command | null,
): void {
  const name = taken.at(-1);
  if (name === undefined || command?.positional?.many !== false) return;
  if (words.length > command.name.split(" ").length) return;
  const list = values.get(name) ?? [];
  words.push(String(list.at(-1)));
  values.set(name, list.slice(0, -1));
}

function flagValue(rawName: string, value: string | undefined): boolean {
  if (value === undefined || value === "true") return true;
  if (value === "false") return false;
  throw usageError(rawName, `takes no value but true and false: write ${rawName} or ${rawName}=false`);
}

function commandOf(words: readonly string[], commands: readonly Command[]): Command | null {
  const begins = ({ name }: Command) => name.split(" ").every((word, index) => words[index] === word);
  return commands.find(begins) ?? null;
}

function refuseUnknown(values: ReadonlyMap<string, unknown>, options: Options, command: Command | null): void {
  const stray = [...values.keys()].find((name) => !Object.hasOwn(options, name));
  if (stray === undefined) return;
  const typed = stray.length === 1 ? `-${stray}` : `--${stray}`;
  const candidates = Object.keys(options).map((name) => `--${name}`);
  const meant = SYNONYMS.get(typed);
  const known = meant !== undefined && candidates.includes(meant) ? meant : undefined;
  throw usageError("", unknown(command === null ? "option" : `option of ${command.name}`, typed, candidates, known));
}

/** Reads the value of every option that was given, so that a wrong one is refused whatever else the line asks for. */
function judgeValues(given: Arguments, names: Iterable<string>, options: Options): void {
  for (const name of names) {
    const option = options[name];
    if (option?.kind === "text") given.text(name);
    if (option?.kind === "list") given.list(name);
    option?.judge?.(given);
  }
}

function refuseExtraWords(words: readonly string[], { name, positional, options }: Command): void {
  const most = positional === undefined ? 0 : positional.many ? Infinity : 1;
  const extra = words[most];
  if (extra === undefined) return;
  const advice = options["skill"] === undefined ? "" : "; name skills with --skill";
  throw usageError("", `${name} does not take ${JSON.stringify(sanitize(extra))}${advice}`);
}

function requireWord(words: readonly string[], { name, positional }: Command): void {
  if (positional?.many !== false || words.length > 0) return;
  throw usageError("", `${name} needs <${positional.name}>: ${positional.describe}`);
}

function unknownCommand(word: string, commands: readonly Command[]): EdenError {
  const names = commands.map(({ name }) => name);
  const begun = names.filter((name) => name.startsWith(`${word} `));
  if (begun.length === 0) return usageError("", unknown("command", word, names, SYNONYMS.get(word)));
  return usageError("", `${word} is not a whole command: expected ${begun.join(" or ")}`);
}

/** @param meant what is surely meant; left out, the nearest candidate. */
function unknown(what: string, word: string, candidates: readonly string[], meant?: string): string {
  const advice = meant === undefined ? didYouMean(word, candidates) : ` — did you mean "${meant}"?`;
  return `unknown ${what}: ${JSON.stringify(sanitize(word))}${advice}`;
}

/** What other tools call it. */
const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ["rm", "remove"],
  ["uninstall", "remove"],
  ["delete", "remove"],
  ["ls", "list"],
  ["i", "install"],
  ["upgrade", "update"],
  ["status", "plan"],
  ["diff", "plan"],
  ["check", "doctor"],
  ["fix", "repair"],
  ["sync", "apply"],
  ["undo", "rollback"],
  ["log", "history"],
  ["help", "--help"],
  ["version", "--version"],
  ["-y", "--yes"],
  ["-f", "--force"],
  ["-a", "--target"],
  ["--agent", "--target"],
  ["-s", "--skill"],
  ["-l", "--list"],
  ["-g", "--global"],
]);
