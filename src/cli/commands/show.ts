import { defineCommand } from "../line/command.js";
import { REACTOR_OPTIONS, runOptions } from "../line/run-options.js";
import { printDocument, showWarnings } from "../session/print-document.js";
import { withReactor } from "../session/reactor-session.js";
import { showLines, skillText } from "../views/show-view.js";

/** `show SKILL|SOURCE [NAME]`: everything about one skill, before or after its install. */
export const show = defineCommand({
  command: "show <skill> [name]",
  describe: "Show everything about one skill, installed or not",
  builder: (yargs) =>
    yargs
      .positional("skill", { type: "string", describe: "An id in the manifest, or a source as install takes it" })
      .positional("name", {
        type: "string",
        describe: "The skill of a source with several; without it they are listed",
      })
      .options({ timeout: REACTOR_OPTIONS.timeout, retries: REACTOR_OPTIONS.retries })
      .example([
        ["$0 show web-design", "a skill of the manifest"],
        ["$0 show acme/skills", "which skills a source has"],
        ["$0 show acme/skills web-design", "one of them, before it is installed"],
        ["$0 show ./drafts/notes --json", "a directory, for a script"],
      ]),
  async handler(given, session) {
    const { globals, out, outColours } = session;
    const { skill = "", name = null } = given;
    const options = runOptions(session, given);
    const { value, interruptCode } = await withReactor(options, session, (reactor) => reactor.show(skill, name));
    showWarnings(session);
    if (globals.json) printDocument(value, session);
    else if (!globals.quiet) {
      out.lines(showLines(value, outColours));
      for (const line of skillText(value)) out.line(line);
    }
    return interruptCode ?? 0;
  },
});
