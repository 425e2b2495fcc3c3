import { EdenError } from "../errors.js";
import { readTextIfExists } from "../system/read-files.js";
import { sha256Hex } from "../system/sha256.js";
import { writeByRename } from "../system/write-files.js";
import { auditReport, type AuditReport, type ReportedFinding } from "./audit.js";

/**
 * The name of each finding, which stays the same when it moves to another line: a hash of skill,
 * rule, file and message, and a number for equal ones.
 */
export function fingerprintsOf(findings: readonly ReportedFinding[]): string[] {
  const seen = new Map<string, number>();
  return findings.map(({ skill_id, rule, file, message }) => {
    const hash = sha256Hex(Buffer.from(JSON.stringify([skill_id, rule, file, message]))).slice(0, 32);
    const number = (seen.get(hash) ?? 0) + 1;
    seen.set(hash, number);
    return `${hash}:${number}`;
  });
}

/**
 * The report with only those findings that a baseline does not have.
 * @throws EdenError `USAGE` if the file is missing or is not a baseline.
 */
export function withoutKnown(report: AuditReport, path: string): AuditReport {
  const known = readBaseline(path);
  const names = fingerprintsOf(report.findings);
  const findings = report.findings.filter((_, index) => !known.has(names[index] ?? ""));
  const { summary } = auditReport({ ...report.summary, findings, left: report.not_audited });
  return { ...report, summary, findings, baseline: { known: report.findings.length - findings.length } };
}

/** Writes the findings of a report as a baseline. @throws EdenError. */
export function writeBaseline({ findings }: AuditReport, path: string): void {
  const names = fingerprintsOf(findings).toSorted();
  writeByRename(path, `${JSON.stringify({ version: 1, findings: names }, null, 2)}\n`);
}

function readBaseline(path: string): ReadonlySet<string> {
  const names = namesIn(readTextIfExists(path) ?? "");
  if (names !== null) return new Set(names);
  const hint = "Write one with `eden-skills audit --baseline FILE --write-baseline`.";
  throw new EdenError("USAGE", `--baseline: ${path} is not a baseline of audit`, { hint });
}

/** The names in the text of a baseline; null for any other text. */
function namesIn(text: string): string[] | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || !("version" in value) || value.version !== 1) return null;
    if (!("findings" in value) || !Array.isArray(value.findings)) return null;
    return value.findings.every((name) => typeof name === "string") ? value.findings : null;
  } catch {
    return null;
  }
}
