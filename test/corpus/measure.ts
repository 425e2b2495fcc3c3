import { auditSkill } from "../../src/skill/audit/audit-skill.js";
import type { AuditedFile } from "../../src/skill/audit/audited-file.js";
import { weighsAtLeast, type AuditFinding } from "../../src/skill/audit/finding.js";
import type { CorpusSkill, HostileSkill } from "./corpus.js";

/** The files of a skill as the audit takes them. */
export function filesOf({ files, links = {} }: CorpusSkill): AuditedFile[] {
  const regular = Object.entries(files).map(([path, content]) => ({
    path,
    mode: path.endsWith(".sh") ? ("100755" as const) : ("100644" as const),
    content: Buffer.from(content as string),
  }));
  const linked = Object.entries(links).map(([path, text]) => ({
    path,
    mode: "120000" as const,
    content: Buffer.from(text),
  }));
  return [...regular, ...linked];
}

/** The findings of `medium` and more, by skill. */
export async function heavyFindings(skills: readonly CorpusSkill[]): Promise<Map<string, AuditFinding[]>> {
  const found = new Map<string, AuditFinding[]>();
  for (const skill of skills) {
    const { findings } = await auditSkill(filesOf(skill));
    found.set(
      skill.id,
      findings.filter(({ severity }) => weighsAtLeast(severity, "medium")),
    );
  }
  return found;
}

/** How many of the skills have a finding of `medium` or more, and which have none. */
export interface Measured {
  skills: number;
  flagged: number;
  missed: string[];
  /** By rule: hostile skills meant for it, those that it reported, and skills that it reported at all. */
  rules: Map<string, { meant: number; reported: number; flagged: number }>;
}

/** Measures a corpus; harmless skills are meant for no rule. */
export async function measure(skills: readonly (CorpusSkill & Partial<HostileSkill>)[]): Promise<Measured> {
  const found = await heavyFindings(skills);
  const rules: Measured["rules"] = new Map();
  const row = (rule: string) => {
    const known = rules.get(rule) ?? { meant: 0, reported: 0, flagged: 0 };
    rules.set(rule, known);
    return known;
  };
  const missed: string[] = [];
  for (const { id, rule } of skills) {
    const own = new Set((found.get(id) ?? []).map((finding) => finding.rule as string));
    if (own.size === 0) missed.push(id);
    for (const one of own) row(one).flagged += 1;
    if (rule !== undefined) {
      row(rule).meant += 1;
      if (own.has(rule)) row(rule).reported += 1;
    }
  }
  return { skills: skills.length, flagged: skills.length - missed.length, missed, rules };
}
