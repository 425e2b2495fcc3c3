import type { Command } from "../line/command.js";
import { doctorLines } from "../views/doctor-view.js";
import { printDocument, showWarnings } from "../session/print-document.js";
import { planOptions } from "../line/run-options.js";

/** `doctor`: what is not as it should be, and what agents really see. */
export const doctor: Command = {
  name: "doctor",
  summary: "Look for what is wrong with targets, store, lockfile and skills",
  options: {
    "no-warning": { kind: "flag", describe: "Only errors" },
  },
  examples: [
    ["doctor", "findings, each with the next step; changes nothing"],
    ["doctor --strict --no-warning", "in CI: exit 3 when an error is found"],
    ["doctor --json", "also what each agent really sees"],
  ],
  async run(given, session) {
    const { globals, out, outColours } = session;
    const looking = await import("../../engine.js");
    const report = await looking.doctor(planOptions(given, session), !given.flag("no-warning"));
    showWarnings(session);
    if (globals.json) printDocument(report, session);
    else for (const line of doctorLines(report, outColours, globals.quiet)) out.line(line);
    return globals.strict && report.summary.total > 0 ? 3 : 0;
  },
};
