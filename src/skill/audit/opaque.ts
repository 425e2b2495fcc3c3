import type { Findings } from "./finding.js";
import type { SkillText } from "./skill-text.js";

/** Length in characters from which a blob is unreadable for a person. */
const LARGE = 1024;

/** OPAQUE: content that people cannot read and that may contain anything. */
export function findOpaque(skillText: SkillText, isCode: boolean, findings: Findings): void {
  const { path: file } = skillText;
  const report = (offset: number, message: string) =>
    findings.add({ rule: "OPAQUE", severity: "medium", file, line: skillText.lineOf(offset), message });
  const block = { offset: 0, lines: 0, characters: 0 };
  const endBlock = () => {
    if (block.lines > 1 && block.characters > LARGE)
      report(block.offset, `${block.lines} lines of what looks like base64, ${block.characters} characters`);
    block.lines = 0;
    block.characters = 0;
  };
  for (const { offset, line } of skillText.lines()) {
    if (line.length > LARGE) {
      const run = longestRun(line);
      if (run > LARGE) report(offset, `${run} characters without a blank`);
      else if (isCode) report(offset, `a line of ${line.length} characters in a script`);
    }
    const encoded =
      line.length > LARGE ? undefined : /^[\s"'`#>*]{0,40}([A-Za-z0-9+/_=-]{32,})[\s"'`,;+\\]{0,8}$/u.exec(line)?.[1];
    if (encoded === undefined) endBlock();
    else {
      if (block.lines === 0) block.offset = offset;
      block.lines += 1;
      block.characters += encoded.length;
    }
  }
  endBlock();
}

/**
 * The length of the longest run of printable ASCII; prose in a script without blanks does not
 * count.
 */
function longestRun(line: string): number {
  let [longest, length] = [0, 0];
  for (let index = 0; index < line.length; index++) {
    const code = line.charCodeAt(index);
    length = code > 0x20 && code < 0x7f ? length + 1 : 0;
    if (length > longest) longest = length;
  }
  return longest;
}
