import type { Findings } from "./finding.js";
import { findPatterns, type Pattern } from "./pattern.js";
import type { SkillText } from "./skill-text.js";

const RC = String.raw`\.(?:bashrc|bash_profile|bash_login|zshrc|zshenv|zprofile|profile|config\/fish\/config\.fish)\b`;
/** A command or a redirection that writes to this place. */
const written = (place: string) =>
  new RegExp(
    String.raw`(?:>>?\s{0,4}["']?[^\s"'|;&]{0,40}?|\b(?:tee|cp|mv|ln|install|sed\s{1,4}-i)\b[^\n]{0,100}?)${place}`,
    "g",
  );

const PATTERNS: readonly Pattern[] = [
  {
    severity: "high",
    inDocument: "medium",
    message: "changes what a shell does at its start",
    pattern: written(RC),
    with: new RegExp(RC),
  },
  {
    severity: "high",
    inDocument: "medium",
    message: "changes what a shell does at its start",
    pattern: new RegExp(String.raw`\bopen\s{0,4}\([^\n]{0,80}?${RC}[^\n]{0,40}?["'][aw]b?\+?["']`, "g"),
    with: new RegExp(RC),
  },
  {
    severity: "high",
    message: "runs something by schedule",
    pattern:
      /\|\s{0,4}crontab\s{1,4}-(?!\w)|\bschtasks(?:\.exe)?\s{1,4}\/create\b|\bRegister-ScheduledTask\b|(?:>|\btee\b|\bcp\b)[^\n]{0,80}?\/etc\/cron/gi,
    with: /cron|schtasks|ScheduledTask/i,
  },
  {
    severity: "high",
    message: "runs something when the user logs in",
    pattern:
      /\bsystemctl\s{1,4}(?:--user\s{1,4})?(?:--now\s{1,4})?enable\b|\bLibrary\/Launch(?:Agents|Daemons)\/|\blaunchctl\s{1,4}(?:load|bootstrap|submit)\b|\\CurrentVersion\\Run\b|\\Start Menu\\Programs\\Startup|\.config\/autostart\/|\/etc\/(?:rc\.local|init\.d\/|profile\.d\/)/gi,
    inDocument: "medium",
  },
  {
    severity: "high",
    message: "gives access to this account",
    pattern: written(String.raw`authorized_keys\b`),
    with: /authorized_keys/,
  },
  {
    severity: "high",
    message: "runs something with each use of git",
    pattern:
      /\bgit\s{1,4}config\s{1,4}--(?:global|system)\s{1,4}(?:core\.(?:hooksPath|fsmonitor|sshCommand|pager)|init\.templateDir|alias\.)/gi,
  },
  {
    severity: "medium",
    message: "writes hooks of git",
    pattern: written(String.raw`\.git\/hooks\/`),
    with: /\.git\/hooks/,
  },
];

/** PERSISTENCE: something that runs again without the skill. */
export function findPersistence(text: SkillText, findings: Findings): void {
  findPatterns(text, "PERSISTENCE", PATTERNS, findings);
}
