import type { RunOptions } from "../../run/options.js";
import type { Diagnostic, Report } from "../../run/report.js";
import { EdenError, errorMessage } from "../../errors.js";
import { hintFor } from "../terms/explain.js";
import { isOnGitHub } from "../outputs/on-github.js";
import type { EventStream } from "../outputs/event-stream.js";
import type { RunOutputs } from "./run-outputs.js";
import { detailOf, resultLines } from "../views/result-view.js";
import type { Session } from "./session.js";
import { writeDocument } from "./write-document.js";

/** Where a report goes, and what else decides the exit code. */
export interface Delivery {
  session: Pick<Session, "globals" | "host" | "out" | "outColours" | "err">;
  /** The run was limited to these skills. */
  asked: Pick<RunOptions, "ids" | "groups">;
  /** The exit code of the signal that cancelled the run, or null. */
  interruptCode: number | null;
  outputs: RunOutputs;
  /** Gets the outcome as its last event. */
  events: EventStream | null;
}

/**
 * Writes the files, prints the result, and returns the exit code, which is the one of the report.
 */
export async function deliverReport(found: Report, delivery: Delivery): Promise<number> {
  const { session, asked, interruptCode, outputs, events } = delivery;
  const { globals, host, out, outColours } = session;
  let report = withHints(found);
  if (interruptCode !== null) report = { ...report, outcome: "cancelled", exit_code: interruptCode };
  const manifest = async () => {
    const { manifestPlace } = await import("../outputs/manifest-place.js");
    return await manifestPlace(report.manifest, host);
  };
  for (const file of outputs.files) {
    try {
      const { writeReportFile } = await import("./write-report.js");
      await writeReportFile(file, report, manifest);
    } catch (error) {
      report = withHints(withLostFile(report, "the report", error));
    }
  }
  const lost = (await events?.finish(report)) ?? null;
  if (lost !== null) report = withHints(withLostFile(report, "the events", lost));
  if (globals.json) writeDocument(report, session);
  else {
    const { home, cwd } = host;
    out.lines(resultLines(report, { ...asked, colours: outColours, detail: detailOf(globals), home, cwd }));
  }
  if (outputs.timings) {
    const { timingLines } = await import("../outputs/timings-view.js");
    for (const line of timingLines(report, performance.timeOrigin, host)) (globals.json ? session.err : out).line(line);
  }
  if (isOnGitHub(session)) {
    const { showReportOnGitHub } = await import("../outputs/github.js");
    await showReportOnGitHub(report, session);
  }
  return report.exit_code;
}

/** A run whose report file could not be written has failed, unless its outcome is worse. */
function withLostFile(report: Report, what: string, error: unknown): Report {
  const diagnostic = {
    code: error instanceof EdenError ? error.code : "INTERNAL",
    severity: "error",
    stage: "report",
    message: `${what} could not be written: ${errorMessage(error)}`,
    hint: error instanceof EdenError ? (error.facts.hint ?? null) : null,
  } as const;
  const failed = { ...report, diagnostics: [...report.diagnostics, diagnostic] };
  const isGraver = report.outcome !== "ok" && report.outcome !== "conflict";
  return isGraver ? failed : { ...failed, outcome: "failed", exit_code: 1 };
}

/**
 * The engine states facts; where it has no advice of its own, the general one for the code is
 * added.
 */
function withHints(report: Report): Report {
  const advised = <T extends Diagnostic>(one: T): T => ({
    ...one,
    hint: one.hint ?? (one.severity === "info" ? null : hintFor(one.code)),
  });
  return {
    ...report,
    diagnostics: report.diagnostics.map(advised),
    skills: report.skills.map((skill) => ({ ...skill, diagnostics: skill.diagnostics.map(advised) })),
  };
}
