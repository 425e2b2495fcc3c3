import { defineCommand } from "../line/command.js";

/** `help [COMMAND]`: the same as `COMMAND --help`. */
export const help = defineCommand({
  command: "help [command..]",
  describe: "Show the help about a command, or about all",
  builder: (yargs) =>
    yargs
      .positional("command", { type: "string", array: true, describe: "The command" })
      .example([["$0 help install", "the same as install --help"]]),
  handler: async ({ command = [], json }, { runLine }) =>
    await runLine([...command, "--help", `--json=${json === true}`]),
});
