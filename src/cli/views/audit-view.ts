import type { AuditReport, ReportedFinding } from "../../upkeep/audit.js";
import { SEVERITIES, weighsAtLeast, type Severity } from "../../skill/audit/finding.js";
import { oneLine } from "./one-line.js";
import type { Palette } from "../terms/colour.js";
import { count } from "./count.js";

/**
 * One line for each finding and for each skill that was not looked at, one that counts, and a last
 * one that says how far to trust them. No colour says that something is good.
 * @param how findings from the severity `deny` on are counted once more; `quiet` leaves out the
 * others.
 */
export function auditLines(
  report: AuditReport,
  how: { deny: Severity | null; quiet: boolean },
  colours: Palette,
): string[] {
  const { not_audited, summary, note } = report;
  const { deny, quiet } = how;
  const isDenied = ({ severity }: { severity: Severity }) => deny !== null && weighsAtLeast(severity, deny);
  const shown = report.findings.filter((finding) => !quiet || isDenied(finding));
  const lines = shown.map((finding) => {
    const { severity } = finding;
    return `${toneOf(severity, colours)(severity.padEnd(8))} ${placed(finding)}`;
  });
  if (!quiet) lines.push(...(report.fixed ?? []).map((finding) => `fixed    ${placed(finding)}`));
  for (const { skill_id, reason } of not_audited)
    lines.push(`${colours.bad("not looked at")} ${oneLine(skill_id)}: ${oneLine(reason)}`);
  const counts = [
    ...SEVERITIES.toReversed().map((severity) => [summary.severities[severity], severity] as const),
    [not_audited.length, "not looked at"] as const,
  ].flatMap(([number, words]) => (number > 0 ? [`${number} ${words}`] : []));
  const what = `${count(summary.skills, "skill")}, ${count(summary.files, "file")}`;
  lines.push(`${what}: ${counts.length === 0 ? "no findings" : counts.join(", ")}`);
  if (report.baseline !== undefined) lines.push(`${count(report.baseline.known, "finding")} of the baseline left out`);
  const denied = deny === null ? 0 : deniedBy(report, deny);
  if (denied > 0) lines.push(colours.bad(`denied: ${count(denied, "finding")} of ${deny} or heavier`));
  return [...lines, note];
}

function placed({ rule, skill_id, file, line, message }: ReportedFinding): string {
  const place = `${skill_id}/${file}${line === null ? "" : `:${line}`}`;
  return `${rule} ${oneLine(place)}: ${oneLine(message)}`;
}

/** How many findings weigh as much as this severity, or more. */
export function deniedBy({ findings }: AuditReport, deny: Severity): number {
  return findings.filter(({ severity }) => weighsAtLeast(severity, deny)).length;
}

function toneOf(severity: Severity, colours: Palette): (text: string) => string {
  if (severity === "info") return colours.faint;
  return severity === "low" || severity === "medium" ? colours.odd : colours.bad;
}
