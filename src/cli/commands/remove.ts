import { usageError } from "../line/usage-error.js";
import { defineCommand } from "../line/command.js";
import { OUTPUT_OPTIONS, outputsOf } from "../session/run-outputs.js";
import { runReactor } from "../session/reactor-session.js";
import { IDS, ROOT_OPTIONS, runOptions } from "../line/run-options.js";

/** `remove ID..`: out of the manifest, and off this machine. */
export const remove = defineCommand({
  command: "remove [ids..]",
  aliases: ["rm", "uninstall"],
  describe: "Remove skills from the manifest and uninstall them",
  builder: (yargs) =>
    yargs
      .positional("ids", { ...IDS, describe: "The skills to remove" })
      .options({ ...ROOT_OPTIONS, ...OUTPUT_OPTIONS })
      .example([
        ["$0 remove web-design", "its entry, its links and its pin; comments elsewhere stay"],
        ["$0 remove one two", "several at once"],
      ]),
  async handler(given, session) {
    const { ids = [], ...others } = given;
    if (ids.length === 0) throw usageError("", "remove needs the id of a skill");
    return await runReactor(runOptions(session, others), session, outputsOf(given, session), (reactor) =>
      reactor.remove(ids),
    );
  },
});
