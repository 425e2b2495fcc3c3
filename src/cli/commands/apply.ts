import { resolve } from "node:path";
import type { RunOptions } from "../../apply/options.js";
import type { Report } from "../../apply/report.js";
import { usageError } from "../arguments.js";
import type { Command } from "../command.js";
import { deliverReport } from "../deliver-report.js";
import { watchInterrupts } from "../interrupts.js";
import { checkReportFile } from "../report-file.js";
import { PLAN_OPTIONS, REACTOR_OPTIONS, runOptions } from "../run-options.js";
import type { Session } from "../session.js";
import { openProgressView } from "../view.js";
import { showPlan } from "./plan.js";

/** `apply [ids..]`: makes the machine match the manifest. */
export const apply: Command = {
  name: "apply",
  positional: { name: "ids", many: true, describe: "Only these skills" },
  summary: "Make this machine match the manifest",
  options: {
    ...REACTOR_OPTIONS,
    ...PLAN_OPTIONS,
    "dry-run": { kind: "flag", describe: "Only show what would be done; the same as plan" },
    report: { kind: "text", describe: "Also write the JSON report to this file" },
  },
  examples: [
    ["apply", "install what the manifest says, as the lockfile pins it"],
    ["apply --concurrency 20 --report run.json", "twenty repositories at once, and keep the report"],
    ["apply --frozen --offline", "in CI after a warm cache: exactly the lockfile, no network"],
    ["apply web-design --dry-run", "what would be done for one skill"],
  ],
  async run(given, session) {
    const options = runOptions(given, session);
    const report = given.text("report");
    if (given.flag("dry-run")) {
      if (report !== undefined) throw usageError("--report", "a dry run makes no report");
      return await showPlan(options, session, { check: false });
    }
    const reportFile = report === undefined ? null : resolve(session.host.cwd, report);
    if (reportFile !== null) await checkReportFile(reportFile);
    const done = await runReactor(options, session);
    return await deliverReport(done.report, { session, interruptCode: done.interruptCode, reportFile });
  },
};

/** Runs the engine under a view and the user's signals. */
async function runReactor(
  options: RunOptions,
  session: Session,
): Promise<{ report: Report; interruptCode: number | null }> {
  const { SkillReactor } = await import("../../apply/skill-reactor.js");
  const { killAllGroups } = await import("../../system/processes.js");
  const view = await openProgressView(session);
  const interrupts = watchInterrupts(session.signals, (code) => {
    killAllGroups();
    view.abandon();
    session.exitNow(code);
  });
  try {
    const reactor = new SkillReactor({ ...options, signal: interrupts.signal });
    reactor.on((event) => view.show(event));
    const report = await reactor.apply();
    return { report, interruptCode: interrupts.code() };
  } finally {
    await view.close();
    interrupts.end();
  }
}
