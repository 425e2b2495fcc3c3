import { openProgressView } from "../progress/open-view.js";
import type { RunOptions } from "../../run/options.js";
import type { Report } from "../../run/report.js";
import type { SkillReactor } from "../../skill-reactor.js";
import { killAllGroups } from "../../system/process-groups.js";
import { deliverReport } from "./deliver-report.js";
import { watchInterrupts } from "./interrupts.js";
import type { ReportFile } from "./report-file.js";
import type { Session } from "./session.js";

/**
 * Runs the engine under a view and the user's signals, and delivers its report.
 * @param reportFiles files to write it to as well.
 * @returns the exit code.
 */
export async function runReactor(
  options: RunOptions,
  session: Session,
  reportFiles: readonly ReportFile[],
  run: (reactor: SkillReactor) => Promise<Report>,
): Promise<number> {
  for (const file of reportFiles) {
    const { checkReportFile } = await import("./write-report.js");
    await checkReportFile(file);
  }
  const { value, interruptCode } = await withReactor(options, session, run);
  return await deliverReport(value, { session, interruptCode, reportFiles });
}

/**
 * Runs the engine under a view and the user's signals.
 * @returns what it gave, and the exit code of the signal that came, or null.
 */
export async function withReactor<T>(
  options: RunOptions,
  session: Session,
  run: (reactor: SkillReactor) => Promise<T>,
): Promise<{ value: T; interruptCode: number | null }> {
  const { SkillReactor } = await import("../../skill-reactor.js");
  const view = await openProgressView(session);
  const interrupts = watchInterrupts(session.signals, (code) => {
    killAllGroups();
    view.abandon();
    session.exitNow(code);
  });
  let value: T;
  try {
    const reactor = new SkillReactor({ ...options, signal: interrupts.signal });
    reactor.on((event) => view.show(event));
    value = await run(reactor);
  } finally {
    await view.close();
    interrupts.end();
  }
  return { value, interruptCode: interrupts.code() };
}
