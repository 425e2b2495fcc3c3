import type { Findings } from "./finding.js";
import { findPatterns, type Pattern } from "./pattern.js";
import type { SkillText } from "./skill-text.js";

const PATTERNS: readonly Pattern[] = [
  {
    severity: "high",
    message: "switches off the questions or the sandbox of an agent",
    pattern:
      /--dangerously-[a-z-]{4,60}|--yolo\b|\bbypassPermissions\b|\bdanger-full-access\b|\benableAllProjectMcpServers\b|--(?:trust|allow)-all-tools\b|\bapproval[_-]?policy\W{1,6}never\b/gi,
  },
];

/** PERMISSION_BYPASS: an agent is to work without its limits. */
export function findPermissionBypass(text: SkillText, findings: Findings): void {
  findPatterns(text, "PERMISSION_BYPASS", PATTERNS, findings);
}
