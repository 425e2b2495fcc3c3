import { defineCommand } from "../line/command.js";
import { historyLines } from "../views/history-view.js";
import { printDocument, showWarnings } from "../session/print-document.js";
import { runOptions } from "../line/run-options.js";

/** `history`: the states that runs have left. */
export const history = defineCommand({
  command: "history",
  describe: "List what each run changed, and the states to roll back to",
  builder: (yargs) =>
    yargs.example([
      ["$0 history", "newest first; the number is what rollback takes"],
      ["$0 history --json", "with the commit of each skill that was changed"],
    ]),
  async handler(_given, session) {
    const { globals, out, outColours } = session;
    const { SkillReactor } = await import("../../skill-reactor.js");
    const report = await new SkillReactor(runOptions(session)).history();
    showWarnings(session);
    if (globals.json) printDocument(report, session);
    else if (!globals.quiet) out.lines(historyLines(report, outColours));
    return 0;
  },
});
