import { EdenError, errorMessage } from "../../errors.js";
import type { Report } from "../../run/report.js";
import { readTextIfExists } from "../../system/read-files.js";
import { reportSchema } from "../views/report-schema.js";

/**
 * A saved report, also one of an earlier version, which has fewer fields.
 * @throws EdenError `REPORT_NOT_FOUND`, `REPORT_INVALID`; `INVALID_FILE` for what is not a file.
 */
export function readReport(path: string): Report {
  const text = readTextIfExists(path);
  if (text === null) throw new EdenError("REPORT_NOT_FOUND", `there is no file ${path}`, { path });
  const result = reportSchema.safeParse(documentOf(text, path));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = issue === undefined || issue.path.length === 0 ? "" : ` at ${issue.path.join(".")}`;
  throw new EdenError("REPORT_INVALID", `${path} is not the report of a run: ${issue?.message ?? "unknown"}${place}`, {
    path,
  });
}

function documentOf(text: string, path: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/u, ""));
  } catch (error) {
    throw new EdenError("REPORT_INVALID", `${path} is not JSON: ${errorMessage(error)}`, { path }, error);
  }
}
