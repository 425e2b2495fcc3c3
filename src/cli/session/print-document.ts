import { manifestDiagnostic } from "../../workspace/notices.js";
import { warningLines } from "../views/problem-view.js";
import type { Session } from "./session.js";
import { writeDocument } from "./write-document.js";

/** Prints the warnings of a command on standard error, unless it is to be quiet. */
export function showWarnings({ globals, err, errColours, warnings }: Session): void {
  if (!globals.quiet) err.lines(warningLines(warnings.all, errColours));
}

/** Prints the one document of a command, the warnings among its `diagnostics`. */
export function printDocument(document: object, session: Pick<Session, "globals" | "out" | "warnings">): void {
  const { warnings } = session;
  const own = "diagnostics" in document && Array.isArray(document.diagnostics) ? document.diagnostics : [];
  const diagnostics = [...warnings.all.map(manifestDiagnostic), ...own];
  // An error needs no diagnostics, unless there were warnings before it.
  const isBare = "error" in document && diagnostics.length === 0;
  writeDocument(isBare ? document : { ...document, diagnostics }, session);
}
