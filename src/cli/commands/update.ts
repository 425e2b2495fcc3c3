import { resolve } from "node:path";
import type { Command } from "../command.js";
import { runReactor } from "../reactor-session.js";
import { PLAN_OPTIONS, REACTOR_OPTIONS, runOptions } from "../run-options.js";

/** `update [ids..]`: moves the pins to what the refs are now, and applies. */
export const update: Command = {
  name: "update",
  positional: { name: "ids", many: true, describe: "Only these skills" },
  summary: "Move the pins to what the refs are now, and apply",
  options: {
    ...REACTOR_OPTIONS,
    force: PLAN_OPTIONS.force,
    report: { kind: "text", describe: "Also write the JSON report to this file" },
  },
  examples: [
    ["outdated", "first look what moved upstream"],
    ["update", "move every pin; a ref that is a commit stays"],
    ["update web-design", "only this one; the others keep their pins"],
  ],
  async run(given, session) {
    const report = given.text("report");
    const reportFile = report === undefined ? null : resolve(session.host.cwd, report);
    const options = { ...runOptions(given, session), update: true };
    return await runReactor(options, session, reportFile, (reactor) => reactor.apply());
  },
};
