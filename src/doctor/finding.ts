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

/** The skill and the target that a finding concerns, if any. */
export interface Concerned {
  skill?: string | null;
  target?: string | null;
}

/** Creates a finding that makes `doctor` fail. */
export function errorFinding(code: string, where: Concerned, message: string, remediation: string): Finding {
  return { code, severity: "error", ...placeOf(where), message, remediation };
}

/** Creates a finding that fails only with `--strict`. */
export function warningFinding(code: string, where: Concerned, message: string, remediation: string): Finding {
  return { code, severity: "warning", ...placeOf(where), message, remediation };
}

function placeOf({ skill = null, target = null }: Concerned): Pick<Finding, "skill_id" | "target_path"> {
  return { skill_id: skill, target_path: target };
}
