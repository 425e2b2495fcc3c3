import { resolve } from "node:path";
import { formatSkillsLock } from "../../manifest/foreign/skills-lock.js";
import { requireKnown } from "../../system/known-directory.js";
import { defineCommand } from "../line/command.js";
import { runOptions } from "../line/run-options.js";
import { flag, text } from "../line/values.js";
import { printDocument, showWarnings } from "../session/print-document.js";
import { withEscapedCommands } from "../session/workflow-commands.js";
import { isRuntimeFailure } from "../terms/error-exit-code.js";
import { oneLine } from "../views/one-line.js";
import { someOf } from "../terms/some-of.js";

/** `lock export`: the lockfile as `skills-lock.json`. */
export const lockExport = defineCommand({
  command: "lock export",
  describe: "Print skills.lock as a skills-lock.json of the `skills` command",
  builder: (yargs) =>
    yargs
      .options({
        output: text("Write it to this file; relative paths are relative to it"),
        force: { ...flag("Overwrite an existing file"), alias: "f" },
      })
      .example([
        ["$0 lock export", "what that command would read"],
        ["$0 lock export --output skills-lock.json --force", "after each change of the lockfile"],
      ]),
  async handler(given, session) {
    const { globals, host, out, err, errColours } = session;
    const output = given.output === undefined ? null : requireKnown(resolve(host.cwd, given.output));
    const { SkillReactor } = await import("../../skill-reactor.js");
    const report = await new SkillReactor(runOptions(session, given)).exportSkillsLock(output);
    const { skipped, lost } = report;
    showWarnings(session);
    if (globals.json) printDocument(report, session);
    else {
      err.lines(skipped.map(({ id, reason }) => `${errColours.odd("skipped")} ${oneLine(id)}: ${oneLine(reason)}`));
      if (!globals.quiet) err.lines(lost.map(({ field, skills }) => `not in it: ${field} of ${someOf(skills)}`));
      if (output === null) out.raw(withEscapedCommands(formatSkillsLock(report.lock)));
      else if (!globals.quiet) out.lines([`wrote ${oneLine(output)}`]);
    }
    if (skipped.some(({ code }) => isRuntimeFailure(code))) return 1;
    return skipped.length > 0 ? 3 : 0;
  },
});
