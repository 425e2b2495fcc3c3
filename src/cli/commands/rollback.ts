import { quote } from "../../manifest/format/findings.js";
import { defineCommand } from "../line/command.js";
import { refuseOutputs, OUTPUT_OPTIONS, outputsOf } from "../session/run-outputs.js";
import { runReactor } from "../session/reactor-session.js";
import { dryRun, PLAN_OPTIONS, runOptions } from "../line/run-options.js";
import { showPlan } from "./plan.js";

/** `rollback [N]`: an earlier state of manifest, pins and targets. */
export const rollback = defineCommand({
  command: "rollback [number]",
  describe: "Return manifest, pins and targets to an earlier state",
  builder: (yargs) =>
    yargs
      .positional("number", {
        type: "string",
        describe: "A state of `history`; the one before the current when left out",
        coerce: numberOf,
      })
      .options({
        force: PLAN_OPTIONS.force,
        "dry-run": dryRun("Only show what would be done"),
        ...OUTPUT_OPTIONS,
      })
      .example([
        ["$0 rollback", "undo the last run; a second time undoes that"],
        ["$0 history", "the states that there are"],
        ["$0 rollback 12 --dry-run", "what would be done to the targets"],
      ]),
  async handler(given, session) {
    const options = runOptions(session, given);
    const outputs = outputsOf(given, session);
    if (given["dry-run"]) {
      refuseOutputs(outputs);
      return await showPlan(options, session, { check: false }, (reactor) => reactor.planRollback(given.number));
    }
    return await runReactor(options, session, outputs, (reactor) => reactor.rollback(given.number));
  },
});

function numberOf(word: string): number {
  if (/^\d{1,12}$/u.test(word)) return Number(word);
  throw new Error(`${quote(word)} is not a number of a state`);
}
