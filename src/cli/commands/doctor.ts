import { defineCommand } from "../line/command.js";
import { isOnGitHub } from "../outputs/on-github.js";
import { doctorLines } from "../views/doctor-view.js";
import { printDocument, showWarnings } from "../session/print-document.js";
import { withReactor } from "../session/reactor-session.js";
import { ROOT_OPTIONS, runOptions } from "../line/run-options.js";
import { flag } from "../line/values.js";

/** `doctor`: what is not as it should be, and what agents really see. */
export const doctor = defineCommand({
  command: "doctor",
  describe: "Look for what is wrong with targets, store, lockfile and skills",
  builder: (yargs) =>
    yargs.options({ "no-warning": flag("Only errors"), ...ROOT_OPTIONS }).example([
      ["$0 doctor", "what agents see, and what needs action; changes nothing"],
      ["$0 doctor --verbose", "also what is good to know: licenses, scripts"],
      ["$0 doctor --strict --no-warning", "in CI: exit 3 when an error is found"],
      ["$0 doctor --json", "also what each agent really sees"],
    ]),
  async handler(given, session) {
    const { globals, out, outColours } = session;
    const { value, interruptCode } = await withReactor(
      runOptions(session, given),
      session,
      async (reactor) => {
        const report = await reactor.doctor({ warnings: given["no-warning"] !== true });
        return { report, list: globals.json ? null : await reactor.list() };
      },
      "Looking at targets, store and skills",
    );
    const { report, list } = value;
    showWarnings(session);
    if (list === null) printDocument(report, session);
    else {
      const { quiet: isQuiet = false, verbose: isDetailed = false } = globals;
      const style = { ...session.host, width: out.sink.columns, isQuiet, isDetailed, colours: outColours };
      out.lines(doctorLines(report, list, style));
    }
    if (isOnGitHub(session)) {
      const { annotateFindings } = await import("../outputs/github.js");
      await annotateFindings(report, session);
    }
    return interruptCode ?? (globals.strict && report.summary.total > 0 ? 3 : 0);
  },
});
