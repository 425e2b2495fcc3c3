/** Languages of code blocks that agents run in a shell. */
const SHELLS = /^(?:sh|bash|shell|zsh|fish|console|terminal|shell-session|powershell|pwsh|ps1|bat|cmd)$/iu;

/** Programs that are recognised in blocks without a language, and in code spans. */
const PROGRAMS =
  "python3?|node|deno|bun|bunx|ruby|perl|php|bash|sh|zsh|pwsh|powershell|npx|npm|pnpm|yarn|pip3?|pipx|uvx?|curl|wget|git|gh|ssh|scp|rsync|nc|docker|podman|kubectl|aws|gcloud|az|sudo|make|go|cargo|brew|apt(?:-get)?|osascript|open|claude|codex";
const PROGRAM = new RegExp(`^(?:${PROGRAMS})$`, "u");
const SPAN = new RegExp(`(?<!\`)\`(${PROGRAMS})\\s{1,4}[^\`\\n]{1,200}\`(?!\`)`, "gu");

/** What only arranges other commands, or prints. */
const BUILT_IN =
  /^(?:alias|break|case|cd|continue|declare|do|done|echo|elif|else|esac|exit|export|false|fi|for|function|if|in|local|printf|pwd|read|readonly|return|set|shift|then|true|unset|until|while)$/u;

/** What starts another command. */
const PREFIX =
  /^(?:(?:sudo|env|exec|time|nohup|command|xargs)\s{1,8}(?:-\S{1,20}\s{1,8}){0,4}|[A-Za-z_]\w{0,60}=\S{0,200}\s{1,8}){1,8}/u;

/** The programs that the code of a document runs: the first word of each command, as it is written. */
export function commandsIn(path: string, text: string): Set<string> {
  const commands = new Set<string>();
  if (!/\.(?:md|mdx|markdown)$/iu.test(path)) return commands;
  for (const { 1: program = "" } of text.matchAll(SPAN)) commands.add(program);
  for (const { language, line } of codeLines(text)) {
    if (language !== "" && !SHELLS.test(language)) continue;
    for (const part of line.slice(0, LONGEST_LINE).split(/&&|\|\|?|;/u)) {
      const word = /^[\w.~/][\w.+/~-]{0,80}(?=\s|$)/u.exec(
        part
          .trim()
          .replace(/^(?:\$|>|PS>)\s{1,4}/u, "")
          .replace(PREFIX, ""),
      )?.[0];
      if (word === undefined || BUILT_IN.test(word) || !/[A-Za-z]/u.test(word)) continue;
      if (language !== "" || PROGRAM.test(word)) commands.add(word);
    }
  }
  return commands;
}

/** Characters of a line that are read. */
const LONGEST_LINE = 2000;

/** The commands in fenced code, continued lines joined; what here-documents contain is not a command. */
function* codeLines(text: string): Generator<{ language: string; line: string }> {
  let fence: { mark: string; language: string } | null = null;
  let [begun, end]: [string, string | null] = ["", null];
  for (const line of text.split(/\r?\n/u)) {
    const [, mark = "", language = ""] = /^\s{0,20}(`{3,200}|~{3,200})\s{0,4}([\w-]{0,40})/u.exec(line) ?? [];
    if (fence === null) {
      if (mark !== "") fence = { mark, language };
      [begun, end] = ["", null];
    } else if (mark.startsWith(fence.mark) && language === "") fence = null;
    else if (end !== null) end = line.trim() === end ? null : end;
    else if (line.endsWith("\\") && begun.length < LONGEST_LINE) begun += `${line.slice(0, -1)} `;
    else {
      yield { language: fence.language, line: begun + line };
      begun = "";
      end = /<<-?\s{0,4}["']?(\w{1,40})/u.exec(line)?.[1] ?? null;
    }
  }
}
