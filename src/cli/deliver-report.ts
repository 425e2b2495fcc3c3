import { dirname, resolve } from "node:path";
import type { Report } from "../apply/report.js";
import { errorMessage } from "../errors.js";
import { hintFor } from "./explain.js";
import { formatJson } from "./json-view.js";
import { resultLines } from "./result-view.js";
import type { Session } from "./session.js";

/** Where a report goes, and what else decides the exit code. */
export interface Delivery {
  session: Session;
  /** The exit code of the signal that cancelled the run, or null. */
  interruptCode: number | null;
  /** A file to write it to as well. */
  reportFile: string | undefined;
}

/** Writes the file, prints the result, and returns the exit code, which is the one that the report tells. */
export async function deliverReport(told: Report, { session, interruptCode, reportFile }: Delivery): Promise<number> {
  const { globals, out, err, outColours, errColours } = session;
  let report = withHints(told);
  if (interruptCode !== null) report = { ...report, outcome: "cancelled", exit_code: interruptCode };
  if (reportFile !== undefined) {
    try {
      await writeReport(resolve(session.host.cwd, reportFile), report);
    } catch (error) {
      err.line(`${errColours.bad("error")}: the report could not be written: ${errorMessage(error)}`);
      if (report.exit_code === 0 || report.exit_code === 3) report = { ...report, outcome: "failed", exit_code: 1 };
    }
  }
  if (globals.json) out.raw(`${formatJson(report)}\n`);
  else {
    const detail = globals.quiet ? "quiet" : globals.verbose ? "verbose" : "normal";
    for (const line of resultLines(report, outColours, detail)) out.line(line);
  }
  return report.exit_code;
}

/** Into a directory that must be there: a misspelt path shall not become one. */
async function writeReport(path: string, report: Report): Promise<void> {
  const { statIfExists, writeByRename } = await import("../system/files.js");
  if (statIfExists(dirname(path)) === null) throw new Error(`there is no directory ${dirname(path)}`);
  writeByRename(path, `${formatJson(report)}\n`);
}

/** The engine states facts; where it has no advice of its own, the general one for the code is added. */
function withHints(report: Report): Report {
  const advised = <T extends { code: string; hint: string | null }>(one: T): T => ({
    ...one,
    hint: one.hint ?? hintFor(one.code),
  });
  return {
    ...report,
    diagnostics: report.diagnostics.map(advised),
    skills: report.skills.map((skill) => ({ ...skill, diagnostics: skill.diagnostics.map(advised) })),
  };
}
