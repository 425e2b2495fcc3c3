import { defineCommand } from "../line/command.js";
import { OUTPUT_OPTIONS, outputsOf } from "../session/run-outputs.js";
import { runReactor } from "../session/reactor-session.js";
import { PLAN_OPTIONS, REACTOR_OPTIONS, ROOT_OPTIONS, runOptions } from "../line/run-options.js";

/** `repair`: repairs what doctor finds, where that is possible. */
export const repair = defineCommand({
  command: "repair",
  describe: "Repair what doctor finds: missing or broken targets, a changed store",
  builder: (yargs) =>
    yargs
      .options({
        force: PLAN_OPTIONS.force,
        concurrency: REACTOR_OPTIONS.concurrency,
        timeout: REACTOR_OPTIONS.timeout,
        retries: REACTOR_OPTIONS.retries,
        ...ROOT_OPTIONS,
        ...OUTPUT_OPTIONS,
      })
      .example([
        ["$0 repair", "what is not ours, and copies that were edited, stay"],
        ["$0 repair --offline", "from the store and the mirrors alone"],
        ["$0 repair --force", "also replaces conflicting entries; backups are kept"],
      ]),
  async handler(given, session) {
    const outputs = outputsOf(given, session);
    return await runReactor(runOptions(session, given), session, outputs, async (reactor) => await reactor.repair());
  },
});
