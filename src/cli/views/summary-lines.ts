import type { Report } from "../../run/report.js";
import type { Palette } from "../terms/colour.js";

/** The result of the sync, in skills. */
export function syncLine({ summary: { sync } }: Pick<Report, "summary">): string {
  return `source sync: cloned=${sync.cloned} updated=${sync.updated} skipped=${sync.skipped} failed=${sync.failed}`;
}

/** The part of a report that its last line shows. */
interface Summed extends Pick<Report, "outcome" | "breach" | "summary" | "elapsed_ms"> {
  /** null if there was nothing to limit. */
  concurrency: Report["concurrency"] | null;
}

/** The last line of every result. */
export function summaryLine({ outcome, breach, summary, elapsed_ms, concurrency }: Summed, colours: Palette): string {
  const { create, update, noop, conflict, remove, failed } = summary.install;
  const installed = `create=${create} update=${update} noop=${noop} conflict=${conflict} remove=${remove} failed=${failed}`;
  const { hydrated, skipped_existing: existing, failed: missing } = summary.warm ?? {};
  const warmed = `hydrated=${hydrated} skipped_existing=${existing} failed=${missing}`;
  const counts = summary.warm === undefined ? installed : warmed;
  const tone = outcome === "ok" ? colours.good : outcome === "conflict" ? colours.odd : colours.bad;
  const what = breach === null ? outcome : `${outcome} (${breach.budget})`;
  return `${tone(what)}: ${count(summary.skills, "skill", "skills")}, ${count(summary.repositories, "repository", "repositories")}; ${counts}${concurrency === null ? "" : limitMoved(concurrency)} [${(elapsed_ms / 1000).toFixed(1)}s]`;
}

/** The final limit and its governor, if it was changed: the details are in the report. */
function limitMoved({ requested, final, adjustments }: Report["concurrency"]): string {
  if (adjustments.length === 0) return "";
  const governors = [...new Set(adjustments.map(({ governor }) => governor))].join(", ");
  const moved = requested === final ? `concurrency ${final}` : `concurrency ${requested} → ${final}`;
  return `; ${moved} (${count(adjustments.length, "change", "changes")}: ${governors})`;
}

/** A number and its noun. */
export function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}
