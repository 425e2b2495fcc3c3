import { defineCommand } from "../line/command.js";
import { runOptions } from "../line/run-options.js";
import { printDocument, showWarnings } from "../session/print-document.js";
import { whyLines } from "../views/why-view.js";

/** `why SKILL|PATH`: why something is on this machine. */
export const why = defineCommand({
  command: "why <subject>",
  describe: "Show where a skill comes from, and which agents see it",
  builder: (yargs) =>
    yargs
      .positional("subject", { type: "string", describe: "An id in the manifest, or a path in a skills directory" })
      .example([
        ["$0 why web-design", "from the line of the manifest to the agents"],
        ["$0 why ~/.claude/skills/notes", "which skill it is, or who installed it"],
        ["$0 why web-design --json", "the same for a script"],
      ]),
  async handler(given, session) {
    const { globals, out, outColours } = session;
    const { SkillReactor } = await import("../../skill-reactor.js");
    const report = await new SkillReactor(runOptions(session)).why(given.subject ?? "");
    showWarnings(session);
    if (globals.json) printDocument(report, session);
    else if (!globals.quiet) out.lines(whyLines(report, session.host, outColours));
    return 0;
  },
});
