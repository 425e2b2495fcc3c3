import type { InferredOptionTypes } from "yargs";
import { resolve } from "node:path";
import { usageError } from "../line/usage-error.js";
import { choice, text, texts } from "../line/values.js";
import { formatOfName, REPORT_FORMATS, type ReportFormat } from "../outputs/report-text.js";
import type { Session } from "./session.js";
import { requireKnown } from "../../system/known-directory.js";

/** The options of commands whose report can be kept. */
export const REPORT_OPTIONS = {
  report: texts(
    "Also write the report to this file, in the format of its name: .json .html .md .xml (JUnit), gl-code-quality*.json; may be repeated",
  ),
  "report-format": choice("The format of --report, whatever the name", REPORT_FORMATS),
  "report-html": text("The same as --report with a name in .html"),
} as const;

/** A file that gets the report of a run as well. */
export interface ReportFile {
  /** The option that named it. */
  flag: string;
  /** Absolute. */
  path: string;
  format: ReportFormat;
}

/** The files that were asked for. @throws EdenError `USAGE` for a format without a file. */
export function reportFilesOf(
  given: InferredOptionTypes<typeof REPORT_OPTIONS>,
  { host }: Pick<Session, "host">,
): ReportFile[] {
  const { report: paths = [], "report-format": format, "report-html": page } = given;
  if (format !== undefined && paths.length === 0) throw usageError("--report-format", "needs --report FILE");
  const whole = (path: string) => requireKnown(resolve(host.cwd, path));
  const files = paths.map((path): ReportFile => {
    return { flag: "--report", path: whole(path), format: format ?? formatOfName(path) };
  });
  if (page !== undefined) files.push({ flag: "--report-html", path: whole(page), format: "html" });
  return files;
}

/** @throws EdenError `USAGE` when a dry run is to write a report. */
export function refuseReport([file]: readonly ReportFile[]): void {
  if (file !== undefined) throw usageError(file.flag, "a dry run makes no report");
}
