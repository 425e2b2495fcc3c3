import type { Diagnostic, Report, SkillReport } from "../../run/report.js";
import { withoutInvisible } from "../../skill/audit/skill-text.js";
import { hintFor } from "../terms/explain.js";
import { oneLine } from "../views/one-line.js";

/** One error or warning of a run, as text of one line each. */
export interface ReportProblem {
  /** null if it concerns the whole run. */
  skill: SkillReport | null;
  severity: "error" | "warning";
  code: string;
  message: string;
  hint: string | null;
}

/**
 * The errors of a run, then its warnings; those of the run before those of skills. A target in
 * conflict is an error; work that was cancelled is none.
 */
export function problemsOf({ diagnostics, skills }: Report): ReportProblem[] {
  const all = [
    ...diagnostics.flatMap((one) => problemOf(null, one)),
    ...skills.flatMap((skill) => [...skill.diagnostics.flatMap((one) => problemOf(skill, one)), ...conflictsOf(skill)]),
  ];
  return all.toSorted((a, b) => Number(a.severity === "warning") - Number(b.severity === "warning"));
}

function problemOf(skill: SkillReport | null, { severity, code, message, hint }: Diagnostic): ReportProblem[] {
  if (severity === "info" || code === "CANCELLED") return [];
  const advice = hint ?? hintFor(code);
  return [{ skill, severity, code, message: plain(message), hint: advice === null ? null : plain(advice) }];
}

/** Conflicts that no diagnostic explains. */
function conflictsOf(skill: SkillReport): ReportProblem[] {
  const known = skill.diagnostics.some(({ code, severity }) => code === "TARGET_CONFLICT" && severity === "error");
  if (known) return [];
  return skill.targets
    .filter(({ status }) => status === "conflict")
    .map(({ path, reasons }) => ({
      skill,
      severity: "error",
      code: "TARGET_CONFLICT",
      message: plain(`${path}: ${reasons.join("; ")}`),
      hint: "--force replaces conflicting entries; backups are kept.",
    }));
}

/** Foreign text on one line, without control characters or any that cannot be seen. */
export function plain(text: string): string {
  return withoutInvisible(oneLine(text));
}
