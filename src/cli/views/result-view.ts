import { isPinHeld } from "../../run/events.js";
import type { Diagnostic, Report, SkillReport } from "../../run/report.js";
import { sanitize } from "../../errors.js";
import { actionLine, oneLine } from "./action-line.js";
import type { Palette } from "../terms/colour.js";
import { hintFor } from "../terms/explain.js";
import { MOST_CHANGES } from "./notice-lines.js";
import { someOf } from "../terms/some-of.js";
import { count, summaryLine, syncLine } from "./summary-lines.js";

/** How much of a result is shown. */
export type Detail = "quiet" | "normal" | "verbose";

/**
 * The result of a run as text: what was synced, each target that changed or failed, each failure
 * with its next step, and a line that sums it up. Quiet: only what went wrong.
 */
export function resultLines(report: Report, colours: Palette, detail: Detail): string[] {
  const lines = detail === "quiet" ? [] : [syncLine(report)];
  if (report.to !== undefined && detail !== "quiet") lines.push(`rollback to state ${report.to}`);
  lines.push(...targetLines(report, colours, detail), ...heldLines(report, colours));
  lines.push(...failureLines(report, colours, detail));
  if ((report.installed ?? []).length > 0 && detail !== "quiet")
    lines.push(`in ${oneLine(report.manifest)} now: ${someOf(report.installed ?? [])}`);
  if (detail === "verbose") lines.push(...metricLines(report));
  if (detail === "normal") lines.push(...moreChanges(report));
  if (detail !== "quiet" || report.exit_code !== 0) lines.push(summaryLine(report, colours));
  return lines;
}

function targetLines(report: Report, colours: Palette, detail: Detail): string[] {
  const lines: string[] = [];
  for (const { path, action, status, reasons } of report.skills.flatMap(({ targets }) => targets)) {
    if (status === "failed")
      lines.push(actionLine("failed", path, action === "conflict" ? reasons : [`to ${action}`, ...reasons], colours));
    else if (status === "conflict") lines.push(actionLine("conflict", path, reasons, colours));
    else if (status === "done" && action !== "noop" && detail !== "quiet")
      lines.push(actionLine(action, path, reasons, colours));
  }
  if (report.skills.some(mayBeForced)) {
    lines.push("  hint: --force replaces conflicting entries; backups are kept.");
  }
  return lines;
}

/**
 * True if an entry conflicts with a target and --force would replace it; a conflict with an
 * error of its own is none.
 */
function mayBeForced({ targets, diagnostics }: SkillReport): boolean {
  const conflicts = targets.filter(({ status }) => status === "conflict").length;
  return (
    conflicts > diagnostics.filter(({ code, severity }) => code === "TARGET_CONFLICT" && severity === "error").length
  );
}

/** Pins that stay although their ref is elsewhere, and why. */
function heldLines({ skills }: Report, colours: Palette): string[] {
  return skills.flatMap(({ id, diagnostics }) =>
    diagnostics
      .filter((one) => isPinHeld(one))
      .flatMap(({ message, hint }) => [
        `${colours.bad("! held    ")} ${oneLine(id)} (${oneLine(message)})`,
        ...(hint === null ? [] : [`  hint: ${oneLine(hint)}`]),
      ]),
  );
}

function failureLines(report: Report, colours: Palette, detail: Detail): string[] {
  const shown = (one: Diagnostic) => one.severity === "error" && (one.code !== "CANCELLED" || detail === "verbose");
  const lines = report.diagnostics.filter(shown).flatMap((one) => blockOf("", one, colours));
  for (const skill of report.skills) {
    const whose = `skill=${oneLine(skill.id)} `;
    for (const one of skill.diagnostics.filter(shown)) lines.push(...blockOf(whose, one, colours, skill));
  }
  const cancelled = report.skills.filter(({ status }) => status === "cancelled");
  if (cancelled.length > 0) lines.push(`cancelled: ${someOf(cancelled.map(({ id }) => oneLine(id)))}`);
  return lines;
}

/** `skill=… stage=… repo=… code=…: detail` and, indented, the next step. */
function blockOf(
  whose: string,
  { code, stage, message, hint }: Diagnostic,
  colours: Palette,
  skill?: SkillReport,
): string[] {
  const repo = skill === undefined ? "" : ` repo=${oneLine(skill.source.repo)}`;
  const advice = hint ?? hintFor(code);
  const lines = [`${whose}stage=${oneLine(stage)}${repo} code=${colours.bad(code)}: ${oneLine(message)}`];
  return advice === null ? lines : [...lines, `  hint: ${oneLine(advice)}`];
}

function metricLines({ metrics, concurrency }: Report): string[] {
  const { git_processes, bytes_received, peak_in_flight, retried, requeued } = metrics;
  const adjustments = concurrency.adjustments.map(
    ({ at_ms, from, to, governor, reason }) =>
      `adjusted at ${at_ms} ms: ${from} → ${to} (${governor}: ${sanitize(reason)})`,
  );
  return [
    `git processes: ${git_processes}; received: ${bytes_received} bytes; in flight: at most ${peak_in_flight}; retried: ${retried}; requeued: ${requeued}`,
    `concurrency: requested ${concurrency.requested} (${concurrency.origin}), peak ${concurrency.peak}, final ${concurrency.final}`,
    ...adjustments,
  ];
}

/** The changes of a limit that the progress did not tell of. */
function moreChanges({ concurrency }: Report): string[] {
  const more = concurrency.adjustments.length - MOST_CHANGES;
  return more > 0 ? [`… and ${count(more, "more change", "more changes")} of concurrency; --verbose lists all`] : [];
}
