import type { Findings } from "./finding.js";
import { findPatterns, type Pattern } from "./pattern.js";
import { SECRET_PLACE } from "./secret-places.js";
import type { SkillText } from "./skill-text.js";

const READS = new RegExp(
  String.raw`\b(?:cat|cp|read|open|copy|print|grep|head|base64|include|collect|tar|zip|scp|rsync)\b[^\n]{0,60}?(?:${SECRET_PLACE})`,
  "gi",
);

const PATTERNS: readonly Pattern[] = [
  {
    severity: "medium",
    message: "reads a file that contains credentials",
    pattern: READS,
    with: new RegExp(SECRET_PLACE),
  },
  {
    severity: "medium",
    inDocument: "low",
    message: "names a file that contains credentials",
    pattern: new RegExp(SECRET_PLACE, "g"),
  },
  {
    severity: "medium",
    message: "asks the system's key store for passwords",
    pattern:
      /\bsecurity\s{1,4}(?:find-(?:generic|internet)-password|dump-keychain)\b|\bsecret-tool\s{1,4}(?:lookup|search)\b|\bgh\s{1,4}auth\s{1,4}token\b|\bcmdkey\s{1,4}\/list\b/g,
  },
];

/** CREDENTIAL_FILES: files and stores of credentials that a skill reads or names. */
export function findCredentialFiles(text: SkillText, findings: Findings): void {
  findPatterns(text, "CREDENTIAL_FILES", PATTERNS, findings);
}
