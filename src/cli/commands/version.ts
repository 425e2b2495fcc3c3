import { defineCommand } from "../line/command.js";

/** `version`: the same as `--version`. */
export const version = defineCommand({
  command: "version",
  describe: "Print the version",
  builder: (yargs) => yargs.example([["$0 version", "the same as --version"]]),
  handler: async ({ json }, { runLine }) => await runLine(["--version", `--json=${json === true}`]),
});
