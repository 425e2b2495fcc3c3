import { defineCommand } from "../line/command.js";
import { ROOT_OPTIONS, runOptions } from "../line/run-options.js";
import { flag } from "../line/values.js";
import { printDocument, showWarnings } from "../session/print-document.js";
import { agentsLines } from "../views/agents-view.js";

/** `agents [names..]`: which agents there are, and what they read. */
export const agents = defineCommand({
  command: "agents [agents..]",
  describe: "List the known agents, those found here, and the directories they read",
  builder: (yargs) =>
    yargs
      .positional("agents", { type: "string", array: true, describe: "Only these: ids or names, or parts of them" })
      .options({ detected: flag("Only those that are installed here"), ...ROOT_OPTIONS })
      .example([
        ["$0 agents --detected", "the agents of this machine"],
        ["$0 agents claude", "what one of them reads"],
        ["$0 agents --json", "everything, for a script"],
      ]),
  async handler(given, session) {
    const { globals, out, outColours } = session;
    const { agents: words = [], detected = false, ...others } = given;
    const { SkillReactor } = await import("../../skill-reactor.js");
    const report = await new SkillReactor(runOptions(session, others)).agents({ words, detected });
    showWarnings(session);
    const isDetailed = words.length > 0 || globals.verbose === true;
    const style = { ...session.host, width: out.sink.columns, isDetailed };
    if (globals.json) printDocument(report, session);
    else if (!globals.quiet) out.lines(agentsLines(report, style, outColours));
    return 0;
  },
});
