import type { Arguments } from "./arguments.js";
import type { Options } from "./option.js";
import type { Session } from "../session/session.js";

/** One command. The table of them is cheap to load: what a command needs it imports when it runs. */
export interface Command {
  name: string;
  /** The words after the name: any number, or exactly one. */
  positional?: { name: string; many: boolean; describe: string };
  /** One line, for the list of commands and the top of its help. */
  summary: string;
  options: Options;
  /** Reads the words that were given, not the ones that are missing. @throws EdenError `USAGE` for what means nothing. */
  judge?(given: Arguments): unknown;
  /** Command lines without the program's name, and what each does. */
  examples: readonly (readonly [string, string])[];
  /** Does it and returns the exit code. @throws EdenError for what the caller is to show. */
  run(given: Arguments, session: Session): Promise<number>;
}
