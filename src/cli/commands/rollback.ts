import { quote } from "../../manifest/format/findings.js";
import { type Arguments, usageError } from "../line/arguments.js";
import type { Command } from "../line/command.js";
import { REPORT_OPTIONS, reportFilesOf } from "../session/report-file.js";
import { runReactor } from "../session/reactor-session.js";
import { PLAN_OPTIONS, planOptions } from "../line/run-options.js";
import { showPlan } from "./plan.js";

/** `rollback [N]`: an earlier state of manifest, pins and targets. */
export const rollback: Command = {
  name: "rollback",
  positional: {
    name: "number",
    many: true,
    describe: "A state of `history`; the one before the current when left out",
  },
  summary: "Return manifest, pins and targets to an earlier state",
  options: {
    force: PLAN_OPTIONS.force,
    "dry-run": { kind: "flag", describe: "Only show what would be done" },
    ...REPORT_OPTIONS,
  },
  examples: [
    ["rollback", "undo the last run; a second time undoes that"],
    ["history", "the states that there are"],
    ["rollback 12 --dry-run", "what would be done to the targets"],
  ],
  judge: numberOf,
  async run(given, session) {
    const to = numberOf(given);
    const { ids: _, ...options } = planOptions(given, session);
    const reportFiles = reportFilesOf(given, session);
    if (given.flag("dry-run")) {
      if (reportFiles[0] !== undefined) throw usageError(reportFiles[0].flag, "a dry run makes no report");
      return await showPlan(options, session, { check: false }, (reactor) => reactor.planRollback(to));
    }
    return await runReactor(options, session, reportFiles, (reactor) => reactor.rollback(to));
  },
};

function numberOf({ words }: Arguments): number | undefined {
  const [word] = words;
  if (words.length > 1) throw usageError("", "rollback takes one number");
  if (word === undefined) return undefined;
  if (/^\d{1,12}$/u.test(word)) return Number(word);
  throw usageError("", `${quote(word)} is no number of a state`);
}
