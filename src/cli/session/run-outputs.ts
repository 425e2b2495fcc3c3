import type { InferredOptionTypes } from "yargs";
import { resolve } from "node:path";
import { usageError } from "../line/usage-error.js";
import { choice, flag, text, texts } from "../line/values.js";
import { formatOfName, REPORT_FORMATS, type ReportFormat } from "../outputs/report-text.js";
import type { Session } from "./session.js";
import { requireKnown } from "../../system/known-directory.js";

const group = "Outputs:";

/** What a run can write besides its result: options of each command that makes a report. */
export const OUTPUT_OPTIONS = {
  report: {
    ...texts("Also write the report, in the format of the name: .json .html .md .xml (JUnit), gl-code-quality*.json"),
    group,
  },
  "report-format": { ...choice("The format of --report, whatever the name", REPORT_FORMATS), group },
  "report-html": { ...text("The same as --report with a name in .html"), group },
  events: { ...text("Write each event of the run as a line of JSON to this file; - is standard output"), group },
  timings: { ...flag("After the result, what the time was spent on"), group },
} as const;

/** The outputs that were asked for. */
export interface RunOutputs {
  files: readonly ReportFile[];
  /** An absolute path, "-" for standard output, or null. */
  events: string | null;
  timings: boolean;
}

/** A file that gets the report of a run as well. */
export interface ReportFile {
  /** The option that named it. */
  flag: string;
  /** Absolute. */
  path: string;
  format: ReportFormat;
}

/** Reads the options. @throws EdenError `USAGE` for some that contradict each other. */
export function outputsOf(
  given: InferredOptionTypes<typeof OUTPUT_OPTIONS>,
  { host, globals }: Pick<Session, "host" | "globals">,
): RunOutputs {
  const { report: paths = [], "report-format": format, "report-html": page, events } = given;
  if (format !== undefined && paths.length === 0) throw usageError("--report-format", "needs --report FILE");
  if (events === "-" && globals.json) throw usageError("--events", "- and --json both write to standard output");
  const whole = (path: string) => requireKnown(resolve(host.cwd, path));
  const files = paths.map((path): ReportFile => {
    return { flag: "--report", path: whole(path), format: format ?? formatOfName(path) };
  });
  if (page !== undefined) files.push({ flag: "--report-html", path: whole(page), format: "html" });
  const stream = events === undefined || events === "-" ? (events ?? null) : whole(events);
  return { files, events: stream, timings: given.timings === true };
}

/** @throws EdenError `USAGE` if a dry run is to write some. */
export function refuseOutputs({ files: [file], events, timings }: RunOutputs): void {
  const asked = [...(file === undefined ? [] : [file.flag]), ...(events === null ? [] : ["--events"])];
  const [first] = timings ? [...asked, "--timings"] : asked;
  if (first !== undefined) throw usageError(first, "a dry run makes no report");
}
