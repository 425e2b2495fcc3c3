import type { Session } from "../session/session.js";
import { usageError } from "./usage-error.js";

/**
 * Checks that `--markdown` makes sense here.
 * @param missing the option that it needs and that was not given, or null.
 * @throws EdenError `USAGE`.
 */
export function checkMarkdown(markdown: boolean | undefined, { globals }: Session, missing: string | null): void {
  if (markdown !== true) return;
  if (missing !== null) throw usageError("--markdown", `needs ${missing}`);
  if (globals.json) throw usageError("--markdown", "there is one result: take it or --json");
}
