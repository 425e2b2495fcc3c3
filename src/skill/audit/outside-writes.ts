import type { Findings } from "./finding.js";
import { findPatterns, type Pattern } from "./pattern.js";
import type { SkillText } from "./skill-text.js";

const AGENT = String.raw`(?:~|\$\{?HOME\}?|%USERPROFILE%)[/\\]\.(?:claude|cursor|codex|gemini|copilot|agents|opencode|windsurf|config[/\\]opencode)\b`;
const WRITES = String.raw`(?:>>?\s{0,4}["']?|\b(?:tee|cp|mv|ln|install|rsync|sed\s{1,4}-i)\b[^\n]{0,120}?\s["']?)`;

const PATTERNS: readonly Pattern[] = [
  {
    severity: "high",
    inDocument: "medium",
    message: "changes the settings of an agent",
    pattern: new RegExp(WRITES + AGENT, "g"),
    with: new RegExp(AGENT),
  },
  {
    severity: "high",
    message: "changes the settings of an agent",
    pattern: new RegExp(String.raw`\bopen\s{0,4}\([^\n]{0,80}?${AGENT}[^\n]{0,60}?["'][aw]b?\+?["']`, "g"),
    with: new RegExp(AGENT),
  },
  {
    severity: "medium",
    message: "asks to change what an agent reads in every project",
    pattern:
      /\b(?:append|add|write|insert|put|save|copy)\b[^\n]{0,100}?(?:\b(?:CLAUDE|AGENTS|GEMINI)\.md\b[^\n]{0,40}?\b(?:every|all|each|other)\s{1,5}(?:projects?|repositor(?:y|ies))|~\/\.(?:claude|cursor|codex|gemini)\/)/gi,
  },
  {
    severity: "high",
    inDocument: "medium",
    message: "writes into a directory of the system",
    pattern:
      /(?:>>?\s{0,4}["']?|\b(?:tee|cp|mv|install|ln)\b[^\n]{0,120}?\s["']?)\/(?:etc|usr\/(?!bin\/env)|boot|lib|System|Library)\//g,
    with: /[\s"'>]\/(?:etc|usr|boot|lib|System|Library)\//,
  },
  {
    severity: "high",
    message: "removes everything of a user or a machine",
    pattern: /\brm\s{1,4}(?:-[a-zA-Z]{1,6}\s{1,4}){1,3}["']?(?:~|\$\{?HOME\}?|\/)["']?\/?(?:\*|\s|$)/gm,
  },
];

/** OUTSIDE_WRITE: changes to what does not belong to the skill or the project. */
export function findOutsideWrites(text: SkillText, findings: Findings): void {
  findPatterns(text, "OUTSIDE_WRITE", PATTERNS, findings);
}
