import { EdenError } from "../../errors.js";

/** What is wrong with the command line; `where` is the option, or "". */
export function usageError(where: string, message: string, code = "USAGE"): EdenError {
  return new EdenError(code, where === "" ? message : `${where}: ${message}`, {
    problems: [{ code, severity: "error", path: where, message, line: null, column: null }],
  });
}
