import { createHash } from "node:crypto";
import type { Report } from "../../run/report.js";
import { formatJson } from "../views/json-view.js";
import type { ManifestPlace } from "./manifest-place.js";
import { plain, problemsOf } from "./report-problems.js";

/**
 * The problems of a run as GitLab's code quality report: at the line of the skill in the manifest,
 * with a fingerprint that stays the same from run to run.
 */
export function codeQuality(report: Report, { file, lineOf }: ManifestPlace): string {
  const issues = problemsOf(report).map(({ skill, severity, code, message, hint }) => ({
    description: [skill === null ? "" : `${plain(skill.id)}: `, message, hint === null ? "" : ` ${hint}`].join(""),
    check_name: code,
    fingerprint: createHash("sha256")
      .update(JSON.stringify([file, code, skill?.id ?? null, message]))
      .digest("hex"),
    severity: severity === "error" ? "critical" : "minor",
    location: { path: file, lines: { begin: (skill === null ? null : lineOf(skill)) ?? 1 } },
  }));
  return `${formatJson(issues)}\n`;
}
