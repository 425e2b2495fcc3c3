import type { Findings, Severity } from "./finding.js";
import type { SkillText } from "./skill-text.js";

/*
 * Every pattern is bounded in all its parts, so that a line of megabytes costs no more than its length times a constant.
 */

/** A pipe into a program that executes its input. */
const INTO_INTERPRETER =
  /\|\s{0,8}(?:(?:sudo|env|exec)\s{1,4}(?:-\S{1,20}\s{1,4}){0,3})?(?:\/usr)?(?:\/bin\/)?(sh|bash|zsh|dash|ksh|fish|python3?|node|bun|deno|perl|ruby|php|pwsh|powershell|iex|Invoke-Expression)\b/gi;

const DOWNLOADER = /\b(curl|wget|fetch|iwr|irm|Invoke-WebRequest|Invoke-RestMethod)\b/i;

/** Words of a text that warns of a command instead of giving it. */
const WARNS = /\b(?:never|do\s{1,4}not|don't|don’t|avoid|instead\s{1,4}of|rather\s{1,4}than)\b/i;

/** A download with the name of its file. */
const DOWNLOAD =
  /\b(?:curl|wget)\b[^\n]{0,200}?\s(?:-[a-zA-Z]{0,6}[oO]|--output|--output-document)[\s=]{1,4}["']?([^\s"';&|]{1,200})/g;

/** Without it, the longer expression has nothing to find. */
const NAMES_FILE = /\s(?:-[a-zA-Z]{0,6}[oO]|--output)/;

/** The name of a file that is made executable or run. */
const STARTS =
  /(?:\bchmod\s{1,4}\S{1,10}\s{1,4}|\b(?:(?:ba|z|da|k)?sh|python3?|node|source)\s{1,4}|(?:^|[;&])\s{0,8})["']?([^\s"';&|]{1,200})/gm;

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
    "high",
    "code runs what it downloads",
    /\b(?:exec|eval|execSync|system|Function)\s{0,4}\([^\n]{0,80}?\b(?:requests\.get|urlopen|httpx\.get|fetch\s{0,4}\(|axios\.get|URI\.open|file_get_contents\s{0,4}\(\s{0,4}["']https?:)/g,
  ],
  [
    "medium",
    "asks to open an address and to do what it says",
    /\b(?:open|visit|read|fetch|load|get|check)\s{1,5}<?https?:\/\/\S{1,300}[^\n.]{0,40}\b(?:and|then)\s{1,5}(?:then\s{1,5})?(?:follow|do|obey|execute|apply)\b/gi,
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
  const text = skillText.joined;
  const report = (severity: Severity, offset: number, message: string) =>
    findings.add({ rule: "REMOTE_INSTRUCTIONS", severity, file, line: skillText.lineOf(offset), message });
  for (const match of text.matchAll(INTO_INTERPRETER)) {
    const before = text.slice(Math.max(0, match.index - LONGEST_COMMAND), match.index);
    const command = before.slice(before.trimEnd().lastIndexOf("\n") + 1);
    const downloader = DOWNLOADER.exec(command)?.[1];
    if (downloader !== undefined)
      report(
        skillText.isDocument && WARNS.test(command) ? "low" : "high",
        match.index,
        `what ${downloader.toLowerCase()} downloads goes straight into ${(match[1] ?? "").toLowerCase()}`,
      );
  }
  for (const [severity, message, pattern] of OTHERS) {
    for (const { index } of text.matchAll(pattern)) report(severity, index, message);
  }
  if (!NAMES_FILE.test(text)) return;
  for (const match of text.matchAll(DOWNLOAD)) {
    const name = match[1] ?? "";
    const after = text.slice(match.index + match[0].length, match.index + match[0].length + LONGEST_COMMAND);
    for (const { 1: started } of after.matchAll(STARTS))
      if (started === name) report("medium", match.index, "runs a file that it downloads");
  }
}
