/** A problem, or a fact that a user should check. */
export interface Finding {
  code: string;
  severity: "error" | "warning";
  /** null for a finding that concerns no single skill. */
  skill_id: string | null;
  /** Absolute; null for a finding without a target. */
  target_path: string | null;
  message: string;
  /** The next step, in one sentence. */
  remediation: string;
}

/** Creates a finding about a skill, or about none. */
export function finding(
  severity: Finding["severity"],
  code: string,
  where: { skill?: string | null; target?: string | null },
  message: string,
  remediation: string,
): Finding {
  return { code, severity, skill_id: where.skill ?? null, target_path: where.target ?? null, message, remediation };
}
