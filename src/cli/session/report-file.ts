import type { InferredOptionTypes } from "yargs";
import { resolve } from "node:path";
import { usageError } from "../line/usage-error.js";
import { text } from "../line/values.js";
import type { Session } from "./session.js";
import { requireKnown } from "../../system/known-directory.js";

/** The options of commands whose report can be kept. */
export const REPORT_OPTIONS = {
  report: text("Also write the JSON report to this file"),
  "report-html": text("Also write the report to this file as a page to read"),
} as const;

/** A file that gets the report of a run as well. */
export interface ReportFile {
  /** The option that named it. */
  flag: string;
  /** Absolute. */
  path: string;
  format: "json" | "html";
}

/** The files that were asked for. */
export function reportFilesOf(
  given: InferredOptionTypes<typeof REPORT_OPTIONS>,
  { host }: Pick<Session, "host">,
): ReportFile[] {
  return (["report", "report-html"] as const).flatMap((name) => {
    const path = given[name];
    if (path === undefined) return [];
    return [
      { flag: `--${name}`, path: requireKnown(resolve(host.cwd, path)), format: name === "report" ? "json" : "html" },
    ];
  });
}

/** @throws EdenError `USAGE` when a dry run is to write a report. */
export function refuseReport([file]: readonly ReportFile[]): void {
  if (file !== undefined) throw usageError(file.flag, "a dry run makes no report");
}
