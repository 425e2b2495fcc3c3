import type { Report } from "./report.js";

/**
 * The exit code of a run that reached Phase A: 1 if a skill failed, was cancelled, or a budget was
 * exceeded; 3 if a conflict remains; 0 if the machine matches the manifest. (Errors before Phase A
 * are 2, or 3 for a stale lockfile.)
 */
export function exitCodeOf({ outcome }: Pick<Report, "outcome">): 0 | 1 | 3 {
  if (outcome === "ok") return 0;
  return outcome === "conflict" ? 3 : 1;
}

/** The outcome of a run, the most severe first. */
export function outcomeOf(
  breached: boolean,
  interrupted: boolean,
  broken: boolean,
  statuses: readonly Report["skills"][number]["status"][],
): Report["outcome"] {
  if (interrupted) return "cancelled";
  if (breached) return "breached";
  if (broken || statuses.includes("failed") || statuses.includes("cancelled")) return "failed";
  return statuses.includes("conflict") ? "conflict" : "ok";
}
