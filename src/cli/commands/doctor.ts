import { defineCommand } from "../line/command.js";
import { isOnGitHub } from "../outputs/on-github.js";
import { doctorLines } from "../views/doctor-view.js";
import { printDocument, showWarnings } from "../session/print-document.js";
import { withReactor } from "../session/reactor-session.js";
import { runOptions } from "../line/run-options.js";
import { flag } from "../line/values.js";

/** `doctor`: what is not as it should be, and what agents really see. */
export const doctor = defineCommand({
  command: "doctor",
  describe: "Look for what is wrong with targets, store, lockfile and skills",
  builder: (yargs) =>
    yargs.options({ "no-warning": flag("Only errors") }).example([
      ["$0 doctor", "findings, each with the next step; changes nothing"],
      ["$0 doctor --strict --no-warning", "in CI: exit 3 when an error is found"],
      ["$0 doctor --json", "also what each agent really sees"],
    ]),
  async handler(given, session) {
    const { globals, out, outColours } = session;
    const { value: report, interruptCode } = await withReactor(
      runOptions(session),
      session,
      (reactor) => reactor.doctor({ warnings: given["no-warning"] !== true }),
      "Looking at targets, store and skills",
    );
    showWarnings(session);
    if (globals.json) printDocument(report, session);
    else for (const line of doctorLines(report, outColours, globals.quiet === true)) out.line(line);
    if (isOnGitHub(session)) {
      const { annotateFindings } = await import("../outputs/github.js");
      await annotateFindings(report, session);
    }
    return interruptCode ?? (globals.strict && report.summary.total > 0 ? 3 : 0);
  },
});
