import type { SkillFile } from "../skill-tree.js";
import type { SkillAudit } from "./audit-skill.js";
import type { AuditFinding } from "./finding.js";

/** One changed file. */
export interface FileChange {
  path: string;
  change: "added" | "modified" | "removed";
}

/** New content of an update that needs a review. */
export interface RiskDelta {
  /** Paths of files that are scripts or executables now and were not before. */
  scripts: string[];
  hosts: string[];
  /** Tools that the front matter allows now and did not allow before. */
  allowed_tools: string[];
  hidden_unicode: Pick<AuditFinding, "file" | "line" | "message">[];
  /** All new findings; a finding that only moved to another line is not new. */
  findings: AuditFinding[];
  /** Findings that are no longer there. */
  fixed: AuditFinding[];
}

type Listed = Pick<SkillFile, "path" | "mode" | "oid">;

/**
 * The differences between two listings, sorted by the bytes of the path. A changed executable bit
 * is a modification, too.
 */
export function compareFiles(before: readonly Listed[], after: readonly Listed[]): FileChange[] {
  const known = new Map(before.map((file) => [file.path, file]));
  const changes: FileChange[] = [];
  for (const { path, mode, oid } of after) {
    const old = known.get(path);
    known.delete(path);
    if (old === undefined) changes.push({ path, change: "added" });
    else if (old.mode !== mode || old.oid !== oid) changes.push({ path, change: "modified" });
  }
  for (const path of known.keys()) changes.push({ path, change: "removed" });
  return changes.toSorted((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}

const HIDDEN = new Set(["UNICODE_TAG", "BIDI", "VARIATION_SELECTORS", "ZERO_WIDTH"]);

/** @param before null for a new skill: then everything is new. */
export function riskDelta(before: SkillAudit | null, after: SkillAudit): RiskDelta {
  const added = (now: readonly string[], old: readonly string[] = []) => {
    const known = new Set(old);
    return now.filter((one) => !known.has(one));
  };
  const findings = without(after.findings, before?.findings ?? []);
  return {
    scripts: added(after.scripts, before?.scripts),
    hosts: added(after.hosts, before?.hosts),
    allowed_tools: added(after.allowedTools, before?.allowedTools),
    hidden_unicode: findings
      .filter(({ rule }) => HIDDEN.has(rule))
      .map(({ file, line, message }) => ({ file, line, message })),
    findings,
    fixed: without(before?.findings ?? [], after.findings),
  };
}

/** The findings of one content that the other does not have, each as often as it has more of it. */
function without(findings: readonly AuditFinding[], others: readonly AuditFinding[]): AuditFinding[] {
  const left = new Map<string, number>();
  for (const finding of others) left.set(keyOf(finding), (left.get(keyOf(finding)) ?? 0) + 1);
  return findings.filter((finding) => {
    const count = left.get(keyOf(finding)) ?? 0;
    left.set(keyOf(finding), count - 1);
    return count <= 0;
  });
}

/** A host is the same finding in every file. */
function keyOf({ rule, severity, file, message }: AuditFinding): string {
  return [rule, severity, rule === "HOSTS" ? "" : file, message].join("\n");
}
