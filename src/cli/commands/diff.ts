import { defineCommand } from "../line/command.js";
import { GROUP_OPTION, IDS, REACTOR_OPTIONS, runOptions } from "../line/run-options.js";
import { flag } from "../line/values.js";
import { printDocument, showWarnings } from "../session/print-document.js";
import { withReactor } from "../session/reactor-session.js";
import { textDiffLines } from "../views/text-diff-view.js";

/** `diff [ids..]`: the text of what differs from the pins. */
export const diff = defineCommand({
  command: "diff [ids..]",
  describe: "Show the changes of edited skills, or of an update, line by line",
  builder: (yargs) =>
    yargs
      .positional("ids", IDS)
      .options(GROUP_OPTION)
      .options({
        upstream: flag("Compare the pins with their refs, not with what is installed"),
        timeout: REACTOR_OPTIONS.timeout,
        retries: REACTOR_OPTIONS.retries,
      })
      .example([
        ["$0 diff", "what was edited in the installed skills"],
        ["$0 diff --upstream web-design", "what an update would bring"],
        ["$0 diff --strict", "in CI: exit 3 when anything differs"],
      ]),
  async handler(given, session) {
    const { globals, out, outColours } = session;
    const upstream = given.upstream === true;
    const options = runOptions(session, given);
    const { value, interruptCode } = await withReactor(options, session, (reactor) => reactor.diff({ upstream }));
    showWarnings(session);
    if (globals.json) printDocument(value, session);
    else if (!globals.quiet) for (const line of textDiffLines(value, session.host, outColours)) out.line(line);
    if (interruptCode !== null) return interruptCode;
    if (value.skills.some(({ status }) => status === "failed")) return 1;
    return globals.strict && value.different > 0 ? 3 : 0;
  },
});
