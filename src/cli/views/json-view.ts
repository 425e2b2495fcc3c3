import { redact } from "../../errors.js";

/**
 * What JSON allows raw and a terminal, a log or a JavaScript parser would trip over; `##[` would be
 * a command to a build server.
 */
const RISKY =
  /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]|\udb40[\udc00-\udc7f]|#(?=#(?:\[|vso\[|teamcity\[))/g;

/**
 * One JSON document: indented, no control character raw, credentials in URLs masked. What is
 * escaped reads back as it was.
 */
export function formatJson(document: unknown): string {
  return safeJson(document, 2);
}

/** The same on one line. */
export function formatJsonLine(document: unknown): string {
  return safeJson(document, 0);
}

function safeJson(document: unknown, indent: number): string {
  const masked = (_key: string, value: unknown) => (typeof value === "string" ? redact(value) : value);
  const text = JSON.stringify(document, masked, indent);
  return text.replace(RISKY, (found) =>
    [...Array(found.length).keys()]
      .map((index) => `\\u${found.charCodeAt(index).toString(16).padStart(4, "0")}`)
      .join(""),
  );
}
