import type { Command } from "../command.js";
import { formatJson } from "../json-view.js";
import { outdatedLines } from "../outdated-view.js";
import { REACTOR_OPTIONS, runOptions } from "../run-options.js";

/** `outdated [ids..]`: what moved upstream. */
export const outdated: Command = {
  name: "outdated",
  positional: { name: "ids", many: true, describe: "Only these skills" },
  summary: "Show which pins are behind their refs; changes nothing",
  options: {
    concurrency: REACTOR_OPTIONS.concurrency,
    timeout: REACTOR_OPTIONS.timeout,
    retries: REACTOR_OPTIONS.retries,
  },
  examples: [
    ["outdated", "one line for each skill that is not current"],
    ["outdated --strict", "in CI: exit 3 when there is any"],
    ["outdated --json", "every skill, with its pinned and its latest commit"],
  ],
  async run(given, session) {
    const { globals, out, outColours } = session;
    const looking = await import("../../apply/engine.js");
    const report = await looking.outdated(runOptions(given, session));
    if (globals.json) out.raw(`${formatJson(report)}\n`);
    else if (!globals.quiet) for (const line of outdatedLines(report, outColours)) out.line(line);
    if (report.skills.some(({ status }) => status === "unreachable" || status === "missing")) return 1;
    return globals.strict && report.skills.some(({ status }) => status === "outdated") ? 3 : 0;
  },
};
