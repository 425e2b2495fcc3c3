import type { AuditFinding } from "../skill/audit/finding.js";
import { auditReport, type AuditReport, type ReportedFinding } from "../upkeep/audit.js";
import type { UpdatePreview } from "./preview-update.js";

type Skill = UpdatePreview["skills"][number];

/**
 * An update as an audit: the findings that it newly brings, those that it repairs (`fixed`), and the
 * skills that could not be compared. Files are those that it adds or changes.
 */
export function auditOfUpdate({ skills }: UpdatePreview): AuditReport {
  const failed = skills.filter(({ status }) => status === "unreachable" || status === "failed");
  const compared = skills.filter((skill) => !failed.includes(skill));
  const findingsOf = (pick: (skill: Skill) => readonly AuditFinding[]): ReportedFinding[] =>
    compared.flatMap((skill) => pick(skill).map((finding) => ({ ...finding, skill_id: skill.id })));
  const changed = compared.flatMap(({ files }) => files.filter(({ change }) => change !== "removed"));
  const report = auditReport({
    skills: compared.length,
    files: changed.length,
    findings: findingsOf(({ risk }) => risk.findings),
    left: failed.map(({ id, message }) => ({ skill_id: id, reason: message ?? "it could not be fetched" })),
  });
  return { ...report, fixed: findingsOf(({ risk }) => risk.fixed) };
}
