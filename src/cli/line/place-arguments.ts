import { nameOf, type Command } from "./command.js";
import { usageError } from "./usage-error.js";

/** Options and arguments by name, before validation. */
type Given = Record<string, unknown>;

/**
 * Gives a command the arguments that yargs does not assign: those after `--`, and the last value of
 * an option with several values (`install --skill a b SOURCE`).
 * @throws EdenError `USAGE` for an extra argument, and for a missing one unless the line asks for
 *   help or the version.
 */
export function placeArguments(command: Command, given: Given): void {
  // A line that is being completed may have too few arguments.
  if ("get-yargs-completions" in given) return;
  const after = (given["--"] ?? []) as string[];
  delete given["--"];
  const asksForText = given["help"] === true || given["V"] === true || given["version"] === true;
  for (const { name, several, needed } of argumentsOf(command)) {
    if (several) given[name] = [...((given[name] ?? []) as string[]), ...after.splice(0)];
    else if (given[name] === undefined) {
      const argument = after.shift() ?? (needed || command.argumentAfterValues ? lastListed(given) : undefined);
      if (argument !== undefined) given[name] = argument;
    }
    if (needed && given[name] === undefined && !asksForText && after[0] === undefined)
      throw usageError("", `${nameOf(command)} needs <${name}>`);
  }
  if (after[0] !== undefined) throw usageError("", `${nameOf(command)} does not take ${JSON.stringify(after[0])}`);
}

/** The arguments that a command takes: `<needed>`, `[optional]` or `[several..]`. */
export function argumentsOf({ command }: Command): { name: string; several: boolean; needed: boolean }[] {
  return [...command.matchAll(/ ([<[])(\w+)(\.\.)?[>\]]/gu)].map(([, bracket, name = "", dots]) => {
    return { name, several: dots !== undefined, needed: bracket === "<" };
  });
}

/** Removes the last value from the last option with several values and returns it. */
function lastListed(given: Given): string | undefined {
  const lists = Object.values(given).filter((value) => Array.isArray(value) && value !== given["_"]);
  return (lists.at(-1) as string[] | undefined)?.pop();
}
