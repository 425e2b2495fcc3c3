import type { AuditRule, Findings, Severity } from "./finding.js";
import type { SkillText } from "./skill-text.js";

/**
 * One way to recognise something. Every repetition in an expression is bounded, so that a line of
 * megabytes costs no more than its length times a constant.
 */
export interface Pattern {
  severity: Severity;
  message: string;
  /** With the flag `g`. */
  pattern: RegExp;
  /** Lower severity in documents, which explain as often as they do. */
  inDocument?: Severity;
  /** Another expression that must be somewhere in the same file. */
  with?: RegExp;
}

/** Adds a finding for each match; lines that end in a backslash are joined. */
export function findPatterns(text: SkillText, rule: AuditRule, patterns: readonly Pattern[], findings: Findings): void {
  for (const { severity, message, pattern, inDocument, with: other } of patterns) {
    if (other !== undefined && !other.test(text.joined)) continue;
    for (const { index } of text.joined.matchAll(pattern)) {
      const weight = text.isDocument ? (inDocument ?? severity) : severity;
      findings.add({ rule, severity: weight, file: text.path, line: text.lineOf(index), message });
    }
  }
}
