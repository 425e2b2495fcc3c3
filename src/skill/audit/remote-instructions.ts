import type { Findings, Severity } from "./finding.js";
import type { SkillText } from "./skill-text.js";

/*
 * Every pattern is bounded in all its parts, so that a line of megabytes costs no more than its length times a constant.
 */

/** A pipe into a program that executes its input. */
const INTO_INTERPRETER =
  /\|\s{0,8}(?:(?:sudo|env|exec)\s{1,4}(?:-\S{1,20}\s{1,4}){0,3})?(?:\/usr)?(?:\/bin\/)?(sh|bash|zsh|dash|ksh|fish|python3?|node|bun|deno|perl|ruby|php|pwsh|powershell|iex|Invoke-Expression)\b/gi;

const DOWNLOADER = /\b(curl|wget|fetch|iwr|irm|Invoke-WebRequest|Invoke-RestMethod)\b/i;

/** Maximum distance from the start of a download to the pipe, in characters. */
const LONGEST_COMMAND = 400;

const OTHERS: readonly (readonly [Severity, string, RegExp])[] = [
  [
    "high",
    "runs what a command downloads",
    /(?:\b(?:ba|z|da|k)?sh\s{1,4}(?:-\w{1,10}\s{1,4}){0,3}|\beval\s{1,4}|\bsource\s{1,4}|(?:^|[\s;&])\.\s{1,4})["']?(?:<\(|\$\(|`)\s{0,4}(?:curl|wget)\b/gim,
  ],
  [
    "high",
    "runs what a command downloads",
    /\b(?:iex|Invoke-Expression)\b[^\n]{0,100}\b(?:iwr|irm|curl|wget|Invoke-WebRequest|Invoke-RestMethod|DownloadString)\b/gi,
  ],
  [
    "medium",
    "downloads something and then starts a shell",
    /\b(?:curl|wget)\b[^\n]{0,200}(?:&&|;)\s{0,4}(?:sudo\s{1,4})?(?:ba|z|da|k)?sh\b/gi,
  ],
  ["medium", "runs a package that is downloaded without asking", /\bnpx\s{1,4}(?:-y|--yes)\b/g],
  ["medium", "runs a package that is downloaded", /\b(?:(?:pnpm|yarn)\s{1,4}dlx|bunx|uvx|pipx\s{1,4}run)\s{1,4}[@\w]/g],
  [
    "medium",
    "points to a file that its owner can change at any time",
    /\b(?:raw\.githubusercontent\.com|gist\.githubusercontent\.com|pastebin\.com\/raw)\b(?![^\s"'<>()]{0,300}\.(?:png|svg|gif|jpe?g|webp)\b)/gi,
  ],
  [
    "medium",
    "has instructions fetched when it is used",
    /\b(?:fetch|download|load|get|retrieve|read|follow)\s{1,5}(?:(?:and|follow|the|its|any|all|these|latest|current|newest|remote|further|additional|setup)\s{1,5}){0,5}instructions\s{1,5}(?:from|at|on|found)\b/gi,
  ],
];

/**
 * REMOTE_INSTRUCTIONS: the skill runs or follows content that is fetched at run time, so the skill
 * itself does not show it.
 */
export function findRemoteInstructions(skillText: SkillText, findings: Findings): void {
  const { path: file } = skillText;
  const text = withoutContinuations(skillText.text);
  const report = (severity: Severity, offset: number, message: string) =>
    findings.add({ rule: "REMOTE_INSTRUCTIONS", severity, file, line: skillText.lineOf(offset), message });
  for (const match of text.matchAll(INTO_INTERPRETER)) {
    const before = text.slice(Math.max(0, match.index - LONGEST_COMMAND), match.index);
    const command = before.slice(before.trimEnd().lastIndexOf("\n") + 1);
    const downloader = DOWNLOADER.exec(command)?.[1];
    if (downloader !== undefined)
      report(
        "high",
        match.index,
        `what ${downloader.toLowerCase()} downloads goes straight into ${(match[1] ?? "").toLowerCase()}`,
      );
  }
  for (const [severity, message, pattern] of OTHERS) {
    for (const { index } of text.matchAll(pattern)) report(severity, index, message);
  }
}

/** A backslash at the end of a line continues a shell command. Offsets do not change. */
function withoutContinuations(text: string): string {
  return text.replace(/\\\r?\n/g, (end) => " ".repeat(end.length));
}
