import { SEVERITIES, type AuditRule, type Severity } from "../../manifest/names/audit-words.js";

export { SEVERITIES, type AuditRule, type Severity };

/**
 * One finding about the content of a skill that a user should review. The message never repeats
 * text of the skill.
 */
export interface AuditFinding {
  rule: AuditRule;
  severity: Severity;
  /** Path within the skill. */
  file: string;
  /** From 1; null for the file as a whole. */
  line: number | null;
  message: string;
}

/** True if `one` is at least as severe as `other`. */
export function weighsAtLeast(one: Severity, other: Severity): boolean {
  return SEVERITIES.indexOf(one) >= SEVERITIES.indexOf(other);
}

/**
 * Further findings of one rule in one file are only counted: a hostile file must not fill the
 * screen.
 */
const MOST_PER_FILE = 20;

/** Collects findings: equal ones in one line once, and a limited number per rule and file. */
export class Findings {
  readonly #groups = new Map<string, { findings: AuditFinding[]; more: number; heaviest: Severity }>();

  add(finding: AuditFinding): void {
    const key = `${finding.rule} ${finding.file}`;
    const group = this.#groups.get(key) ?? { findings: [], more: 0, heaviest: "info" };
    this.#groups.set(key, group);
    const { severity, line, message } = finding;
    if (group.findings.some((one) => one.line === line && one.message === message)) return;
    if (group.findings.length < MOST_PER_FILE) {
      group.findings.push(finding);
      return;
    }
    group.more += 1;
    if (weighsAtLeast(severity, group.heaviest)) group.heaviest = severity;
  }

  /** The most severe first, then by rule, file and line. */
  all(): AuditFinding[] {
    const all = [...this.#groups.values()].flatMap(({ findings, more, heaviest }) => {
      const [first] = findings;
      if (first === undefined || more === 0) return findings;
      const message = `${more} more of this rule in this file`;
      return [...findings, { rule: first.rule, severity: heaviest, file: first.file, line: null, message }];
    });
    return all.toSorted(
      (a, b) =>
        SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) ||
        compare(a.rule, b.rule) ||
        compare(a.file, b.file) ||
        (a.line ?? Infinity) - (b.line ?? Infinity) ||
        compare(a.message, b.message),
    );
  }
}

/** Byte order, which is the same on every machine. */
function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
