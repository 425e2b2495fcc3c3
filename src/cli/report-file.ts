import { dirname } from "node:path";
import type { Report } from "../apply/report.js";
import { EdenError } from "../errors.js";
import { statIfExists } from "../system/read-files.js";
import { removeQuietly, temporaryBeside, writeByRename, writeNewFile } from "../system/write-files.js";
import { formatJson } from "./json-view.js";

/**
 * Sees whether a report can be written there, so that a run is not done only to lose its report.
 * @throws EdenError `PERMISSION_DENIED`, or the code of what else is in the way.
 */
export async function checkReportFile(path: string): Promise<void> {
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
      `--report: ${message}`,
      { hint, problems: [{ code, severity: "error", path: "--report", message, line: null, column: null }] },
      error,
    );
  }
}

/** Writes a report into a directory that must be there: a misspelt path shall not become one. @throws EdenError. */
export async function writeReportFile(path: string, report: Report): Promise<void> {
  refuseUnfit(path, statIfExists);
  writeByRename(path, `${formatJson(report)}\n`);
}

interface Stats {
  isFile(): boolean;
  isDirectory(): boolean;
}

/** @throws EdenError `PERMISSION_DENIED` for a path without a directory, and for what a rename would replace though it is no file. */
function refuseUnfit(path: string, stat: (path: string) => Stats | null): void {
  const directory = dirname(path);
  if (stat(directory)?.isDirectory() !== true) {
    throw new EdenError("PERMISSION_DENIED", `there is no directory ${directory}`);
  }
  if (stat(path)?.isFile() === false) throw new EdenError("PERMISSION_DENIED", `${path} is no regular file`);
}

function codeOf(error: unknown): string {
  return error instanceof EdenError && error.code !== "INTERNAL" ? error.code : "PERMISSION_DENIED";
}
