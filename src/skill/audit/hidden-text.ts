import type { Findings } from "./finding.js";
import { findPatterns, type Pattern } from "./pattern.js";
import type { SkillText } from "./skill-text.js";

const PATTERNS: readonly Pattern[] = [
  {
    severity: "medium",
    message: "a style that hides text from people",
    pattern:
      /<\w{1,20}\b[^>\n]{0,100}?\bstyle\s{0,4}=\s{0,4}["'][^"'\n]{0,200}?(?:display\s{0,4}:\s{0,4}none|visibility\s{0,4}:\s{0,4}hidden|opacity\s{0,4}:\s{0,4}0(?![.\d])|font-size\s{0,4}:\s{0,4}0|color\s{0,4}:\s{0,4}(?:white|transparent|#fff\b))[^>\n]{0,200}>\s{0,20}(?:[^<\s]{1,60}\s{1,4}){3}/gi,
  },
];

/** HIDDEN_TEXT: text that a page does not show, or only to those who scroll far. */
export function findHiddenText(text: SkillText, findings: Findings): void {
  if (!text.isDocument) return;
  findPatterns(text, "HIDDEN_TEXT", PATTERNS, findings);
  for (const { 0: gap, index } of text.text.matchAll(/\s{60,}/g)) {
    const lines = gap.split("\n").length - 1;
    const isFar = lines >= 60 || (lines === 0 && gap.length >= 200);
    if (!isFar || index + gap.length === text.text.length) continue;
    const message = `text behind ${lines === 0 ? `${gap.length} blanks` : `${lines} empty lines`}`;
    findings.add({ rule: "HIDDEN_TEXT", severity: "medium", file: text.path, line: text.lineOf(index), message });
  }
}
