import { usageError, type Arguments } from "./arguments.js";
import type { Session } from "../session/session.js";

/**
 * Whether `--markdown` was given.
 * @param lacking the option that it needs and that was not given, or null.
 * @throws EdenError `USAGE` when it makes no sense here.
 */
export function markdownWanted(given: Arguments, { globals }: Session, lacking: string | null): boolean {
  if (!given.flag("markdown")) return false;
  if (lacking !== null) throw usageError("--markdown", `needs ${lacking}`);
  if (globals.json) throw usageError("--markdown", "there is one result: take it or --json");
  return true;
}
