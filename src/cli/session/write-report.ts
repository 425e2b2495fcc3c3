import { dirname } from "node:path";
import { EdenError } from "../../errors.js";
import type { Report } from "../../run/report.js";
import { writeNewFile } from "../../system/create-files.js";
import { statIfExists } from "../../system/read-files.js";
import { removeQuietly, temporaryBeside } from "../../system/temporary-files.js";
import { writeByRename } from "../../system/write-files.js";
import type { ManifestPlace } from "../outputs/manifest-place.js";
import { reportText } from "../outputs/report-text.js";
import type { ReportFile } from "./run-outputs.js";

/**
 * Checks that a report can be written there, before the run that it is about.
 * @throws EdenError `PERMISSION_DENIED`, or the code of what else is in the way.
 */
export async function checkReportFile({ flag, path }: ReportFile): Promise<void> {
  try {
    refuseUnfit(path, statIfExists);
    const probe = temporaryBeside(path);
    try {
      await writeNewFile(probe, Buffer.alloc(0), 0o600);
    } catch (error) {
      throw new EdenError(codeOf(error), `nothing can be written in ${dirname(path)}`, {}, error);
    } finally {
      removeQuietly(probe);
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const code = codeOf(error);
    const hint = "Name a file in a directory that is there and may be written.";
    throw new EdenError(
      code,
      `${flag}: ${message}`,
      { hint, problems: [{ code, severity: "error", path: flag, message, line: null, column: null }] },
      error,
    );
  }
}

/**
 * Writes a report into a directory that must be there: a mistyped path must not become one.
 * @throws EdenError.
 */
export async function writeReportFile(
  { path, format }: ReportFile,
  report: Report,
  manifest: () => Promise<ManifestPlace>,
): Promise<void> {
  refuseUnfit(path, statIfExists);
  writeByRename(path, await reportText(format, report, manifest));
}

interface Stats {
  isFile(): boolean;
  isDirectory(): boolean;
}

/**
 * @throws EdenError `PERMISSION_DENIED` for a path without a directory, and for what a rename would
 * replace though it is not a file.
 */
function refuseUnfit(path: string, stat: (path: string) => Stats | null): void {
  const directory = dirname(path);
  if (stat(directory)?.isDirectory() !== true) {
    throw new EdenError("PERMISSION_DENIED", `there is no directory ${directory}`);
  }
  if (stat(path)?.isFile() === false) throw new EdenError("PERMISSION_DENIED", `${path} is not a regular file`);
}

function codeOf(error: unknown): string {
  const isNamed = error instanceof EdenError && !["INTERNAL", "FILE_FAILED"].includes(error.code);
  return isNamed ? error.code : "PERMISSION_DENIED";
}
