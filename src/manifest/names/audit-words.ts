/** The severities of findings, from the lowest to the highest. */
export const SEVERITIES = ["info", "low", "medium", "high", "critical"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** The ids of the rules of `audit`, which a policy may name. Ids are never renamed or reused. */
export const AUDIT_RULES = [
  "UNICODE_TAG",
  "BIDI",
  "VARIATION_SELECTORS",
  "ZERO_WIDTH",
  "HIDDEN_TEXT",
  "HIDDEN_COMMENT",
  "OPAQUE",
  "ENCODED_PAYLOAD",
  "REMOTE_INSTRUCTIONS",
  "EXFILTRATION",
  "REVERSE_SHELL",
  "PERSISTENCE",
  "OUTSIDE_WRITE",
  "CREDENTIAL_FILES",
  "SECRET",
  "PERMISSION_BYPASS",
  "DYNAMIC_COMMAND",
  "ALLOWED_TOOLS",
  "PROMPT_OVERRIDE",
  "LINK_OUT",
  "EXECUTABLE",
  "HOSTS",
] as const;
export type AuditRule = (typeof AUDIT_RULES)[number];
