import { nameOf, type Command } from "./command.js";
import { usageError } from "./usage-error.js";

/** What was given, by name, before it is judged. */
type Given = Record<string, unknown>;

/**
 * Gives a command the words that yargs keeps from it: those after `--`, and the one that an
 * option with several values before it has taken, too (`install --skill a b SOURCE`).
 * @throws EdenError `USAGE` for a word too many, and for a missing one unless the line asks for
 * help or the version.
 */
export function placeWords(command: Command, given: Given): void {
  // A line that is still being typed is short of words.
  if ("get-yargs-completions" in given) return;
  const { name, several, needed } = wordOf(command);
  const after = (given["--"] ?? []) as string[];
  delete given["--"];
  if (several) given[name] = [...((given[name] ?? []) as string[]), ...after.splice(0)];
  else if (name !== "" && given[name] === undefined) {
    const word = after.shift() ?? (needed || command.wordAfterValues ? lastListed(given) : undefined);
    if (word !== undefined) given[name] = word;
  }
  if (after[0] !== undefined) throw usageError("", `${nameOf(command)} does not take ${JSON.stringify(after[0])}`);
  const asksForText = given["help"] === true || given["V"] === true || given["version"] === true;
  if (needed && given[name] === undefined && !asksForText) throw usageError("", `${nameOf(command)} needs <${name}>`);
}

/** The word that a command takes: `<needed>`, `[optional]` or `[several..]`. */
export function wordOf({ command }: Command): { name: string; several: boolean; needed: boolean } {
  const [, bracket, name = "", dots] = / ([<[])(\w+)(\.\.)?[>\]]$/u.exec(command) ?? [];
  return { name, several: dots !== undefined, needed: bracket === "<" };
}

/** Takes the last value from the last option with several. */
function lastListed(given: Given): string | undefined {
  const lists = Object.values(given).filter((value) => Array.isArray(value) && value !== given["_"]);
  return (lists.at(-1) as string[] | undefined)?.pop();
}
