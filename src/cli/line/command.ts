import type { Argv } from "yargs";
import type { Session } from "../session/session.js";
import type { Globals } from "./global-options.js";

/**
 * One command. The table of them is cheap to load: what a command needs it imports when it runs.
 */
export interface Command<Given = unknown> {
  /**
   * Its name, then its arguments: `<required>`, `[optional]` or `[several..]`.
   */
  command: string;
  aliases?: readonly string[];
  describe: string;
  /**
   * If its optional argument is missing, the last value of an option with several values is used:
   * `install --skill a b SOURCE`. A required argument is always found this way.
   */
  argumentAfterValues?: true;
  /** `--version` is an option of the command itself. */
  ownVersion?: true;
  /** Declares its argument, options and examples. */
  builder(yargs: Argv<Globals>): Argv<Given>;
  /** Runs the command. Returns the exit code. @throws EdenError that the caller shows. */
  handler(given: Given, session: Session): Promise<number>;
}

/** Commands of one group, such as `config export` and `config import`. */
export interface CommandGroup {
  command: string;
  describe: string;
  members: readonly Command[];
}

/** A command whose handler gets what its builder declares. */
export function defineCommand<Given>(command: Command<Given>): Command {
  return command as Command;
}

/** `set` of `set <id>`, `config export` of `config export`. */
export function nameOf({ command }: Pick<Command, "command">): string {
  return command.replace(/ [<[].*/u, "");
}

export type AnyCommand = Command | CommandGroup;

/** Its name and aliases, of which each is one word; for a group its word. */
export function namesOf(command: AnyCommand): readonly string[] {
  return "members" in command ? [command.command] : [nameOf(command), ...(command.aliases ?? [])];
}

/** The command itself, or those of the group. */
export function membersOf(command: AnyCommand): readonly Command[] {
  return "members" in command ? command.members : [command];
}
