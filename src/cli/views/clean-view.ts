import type { CleanReport } from "../../upkeep/clean.js";
import { formatBytes } from "../terms/bytes.js";
import { count } from "./count.js";
import { oneLine } from "./one-line.js";

/** What was removed, what is kept for a rollback, and how much was freed. */
export function cleanLines(report: CleanReport, isDryRun: boolean): string[] {
  const { removed, compacted, kept_for_rollback: kept, broken_targets: broken } = report;
  const size = formatBytes(report.bytes_freed + (compacted.bytes ?? 0));
  const forRollback = `kept for a rollback to ${count(kept.states, "earlier state")}: ${formatBytes(kept.bytes)}`;
  const nowhere = broken.length === 1 ? "1 target leads" : `${broken.length} targets lead`;
  return [
    ...removed.map((path) => `${isDryRun ? "would remove" : "removed"} ${oneLine(path)}`),
    ...compacted.mirrors.map((path) => `${isDryRun ? "would compact" : "compacted"} ${oneLine(path)}`),
    ...(kept.bytes > 0 ? [`${forRollback}; \`eden-skills clean --history 0\` frees it`] : []),
    ...(broken.length > 0
      ? [`${isDryRun ? "then " : ""}${nowhere} nowhere until \`eden-skills apply\` fetches it again`]
      : []),
    removed.length + compacted.mirrors.length === 0
      ? "clean: nothing to remove"
      : `clean: ${size} ${isDryRun ? "to free" : "freed"}`,
  ];
}
