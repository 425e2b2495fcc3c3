import type { Command } from "../line/command.js";
import { REPORT_OPTIONS, reportFilesOf } from "../session/report-file.js";
import { runReactor } from "../session/reactor-session.js";
import { PLAN_OPTIONS, REACTOR_OPTIONS, runOptions } from "../line/run-options.js";

/** `repair`: mends what doctor finds and can be mended. */
export const repair: Command = {
  name: "repair",
  summary: "Mend what doctor finds: missing or broken targets, a changed store",
  options: {
    force: PLAN_OPTIONS.force,
    concurrency: REACTOR_OPTIONS.concurrency,
    timeout: REACTOR_OPTIONS.timeout,
    retries: REACTOR_OPTIONS.retries,
    ...REPORT_OPTIONS,
  },
  examples: [
    ["repair", "what is not ours, and copies that were edited, stay"],
    ["repair --offline", "from the store and the mirrors alone"],
    ["repair --force", "also replaces what stands in the way, and keeps it in the backups"],
  ],
  async run(given, session) {
    const reportFiles = reportFilesOf(given, session);
    return await runReactor(
      runOptions(given, session),
      session,
      reportFiles,
      async (reactor) => await reactor.repair(),
    );
  },
};
