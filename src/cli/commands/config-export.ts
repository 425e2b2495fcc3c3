import { resolve } from "node:path";
import { oneLine } from "../views/one-line.js";
import { defineCommand } from "../line/command.js";
import { printDocument, showWarnings } from "../session/print-document.js";
import { withEscapedCommands } from "../session/workflow-commands.js";
import { runOptions } from "../line/run-options.js";
import { flag, text } from "../line/values.js";
import { requireKnown } from "../../system/known-directory.js";

/** `config export`: the manifest in its one form. */
export const configExport = defineCommand({
  command: "config export",
  describe: "Print the manifest in its one form: no comments, no defaults",
  builder: (yargs) =>
    yargs
      .options({
        output: text("Write it to this file; relative paths then mean the same from there"),
        force: { ...flag("Overwrite an existing file"), alias: "f" },
      })
      .example([
        ["$0 config export", "the manifest that is found here"],
        ["$0 config export --output team.toml", "export; import it elsewhere with `config import --from team.toml`"],
      ]),
  async handler(given, session) {
    const { globals, host, out } = session;
    const file = given.output;
    const output = file === undefined ? null : requireKnown(resolve(host.cwd, file));
    const { SkillReactor } = await import("../../skill-reactor.js");
    const report = await new SkillReactor(runOptions(session, given)).exportConfig(output);
    showWarnings(session);
    if (globals.json) printDocument(report, session);
    else if (output === null) out.raw(withEscapedCommands(report.toml));
    else if (!globals.quiet) out.lines([`wrote ${oneLine(output)}`]);
    return 0;
  },
});
