import type { Report } from "../../run/report.js";
import { isCancelled } from "../../run/tally.js";
import { formatBytes } from "../terms/bytes.js";
import { formatDuration } from "../terms/duration.js";
import type { Block } from "./block.js";
import { count } from "./count.js";

/**
 * What a run that ended early has left: what was fetched and is kept, and what the next run does;
 * null if it came to its end.
 */
export function cancelledBlock(report: Report): Block | null {
  const { outcome, skills } = report;
  const cancelled = skills.filter(isCancelled);
  const isEarly = outcome === "cancelled" || outcome === "breached";
  if (cancelled.length === 0 && !isEarly) return null;
  const names = cancelled.map(({ id }) => id);
  const reasons = cancelled.flatMap(({ targets }) => targets).flatMap((target) => target.reasons);
  const common = { sign: "x", names, code: "CANCELLED" } as const;
  if (!isEarly) {
    const hint = "Resolve what is reported above, then run the command again: what was fetched is kept.";
    return { ...common, verb: "not installed", why: [[...new Set(reasons)].join("; ")], hint };
  }
  const verb = `${names.length === 0 ? "" : "not done: "}${outcome === "cancelled" ? "interrupted" : breachOf(report)}`;
  const { kept, next } = progressOf(report);
  return {
    ...common,
    verb,
    why: [kept],
    hint: next === null ? "Run the command again." : `Run the command again: ${next}.`,
  };
}

function breachOf({ breach }: Report): string {
  if (breach?.budget === "failures") return `more than ${count(breach.limit, "repository", "repositories")} failed`;
  if (breach?.budget === "download") return `more than ${formatBytes(breach.limit)} received`;
  return `the deadline of ${formatDuration(breach?.limit ?? 0).replace(".0 ", " ")} has passed`;
}

/** What was in the store before needed no fetch, and is not counted. */
function progressOf({ summary: { sync }, skills, command }: Report): { kept: string; next: string | null } {
  // It ended while registries or collections were looked up.
  if (skills.length === 0) return { kept: "", next: null };
  const [fetched, open] = [sync.cloned + sync.updated, sync.cancelled + sync.failed];
  const rest = command === "warm" ? "it goes on from there" : "it installs the rest";
  if (open === 0) return { kept: fetched === 0 ? "" : `all ${fetched} fetched and kept`, next: rest };
  if (fetched === 0) return { kept: `0 of ${open} fetched`, next: "it fetches them" };
  return { kept: `${fetched} of ${fetched + open} fetched and kept`, next: `it fetches the other ${open}` };
}
