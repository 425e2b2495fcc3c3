import { defineCommand } from "../line/command.js";
import { printDocument, showWarnings } from "../session/print-document.js";
import { listLines } from "../views/list-view.js";
import { GROUP_OPTION, ROOT_OPTIONS, runOptions } from "../line/run-options.js";

/** `list`: the skills of the manifest, their pins, and their states on this machine. */
export const list = defineCommand({
  command: "list",
  aliases: ["ls"],
  describe: "List the skills of the manifest with version, state, size and agents",
  builder: (yargs) =>
    yargs.options({ ...GROUP_OPTION, ...ROOT_OPTIONS }).example([
      ["$0 list", "a table of skills"],
      ["$0 list --group frontend", "only the skills of a group"],
      ["$0 list --json", "the same for a script"],
    ]),
  async handler(given, session) {
    const { globals, out, outColours } = session;
    const options = runOptions(session, given);
    const { SkillReactor } = await import("../../skill-reactor.js");
    const found = await new SkillReactor(options).list();
    showWarnings(session);
    if (globals.json) printDocument(found, session);
    else if (!globals.quiet) out.lines(listLines(found, out.sink.columns, outColours));
    return 0;
  },
});
