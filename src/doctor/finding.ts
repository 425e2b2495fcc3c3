/** Something that is not as it should be, or that somebody should look at. */
export interface Finding {
  code: string;
  severity: "error" | "warning";
  /** null for what concerns no single skill. */
  skill_id: string | null;
  /** Absolute; null for what lies at no target. */
  target_path: string | null;
  message: string;
  /** The next step, in one sentence. */
  remediation: string;
}

/** A finding about a skill, or about none. */
export function finding(
  severity: Finding["severity"],
  code: string,
  where: { skill?: string | null; target?: string | null },
  message: string,
  remediation: string,
): Finding {
  return { code, severity, skill_id: where.skill ?? null, target_path: where.target ?? null, message, remediation };
}
