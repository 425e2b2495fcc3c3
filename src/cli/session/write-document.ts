import { formatJson } from "../views/json-view.js";
import { logfmtLines } from "../views/logfmt-view.js";
import type { Session } from "./session.js";

/** Prints a document for programs: as JSON, or with `--log-format logfmt` as lines of `key=value`. */
export function writeDocument(document: object, { globals, out }: Pick<Session, "globals" | "out">): void {
  if (globals["log-format"] !== "logfmt") out.raw(`${formatJson(document)}\n`);
  else for (const line of logfmtLines(document)) out.line(line);
}
