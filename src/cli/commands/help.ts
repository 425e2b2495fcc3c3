import { defineCommand } from "../line/command.js";

/** `help [COMMAND]`: the same as `COMMAND --help`. */
export const help = defineCommand({
  command: "help [words..]",
  describe: "Show the help about a command, or about all",
  builder: (yargs) =>
    yargs
      .positional("words", { type: "string", array: true, describe: "The command" })
      .example([["$0 help install", "the same as install --help"]]),
  handler: async ({ words = [], json }, { runLine }) => await runLine([...words, "--help", `--json=${json === true}`]),
});
