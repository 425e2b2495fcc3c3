import type { Findings, Severity } from "./finding.js";
import type { SkillText } from "./skill-text.js";

/** Length in characters from which a blob is unreadable for a person. */
const LARGE = 1024;

/** OPAQUE: content that people cannot read and that may contain anything. */
export function findOpaque(skillText: SkillText, isCode: boolean, findings: Findings): void {
  const { path: file } = skillText;
  const report = (offset: number, message: string, severity: Severity = "medium") =>
    findings.add({ rule: "OPAQUE", severity, file, line: skillText.lineOf(offset), message });
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
      if (run > LARGE) report(offset, `${run} characters without a blank`, isPicture(line) ? "low" : "medium");
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

/** What pictures, fonts, sounds and documents begin with. */
const MEDIA =
  /^(?:\u0089PNG\r\n|\u00ff\u00d8\u00ff|GIF8|RIFF....(?:WEBP|WAVE|AVI )|%PDF-|\u0000\u0001\u0000\u0000|OTTO|true|wOF[F2]|\u0000\u0000\u0001\u0000|OggS|ID3|....ftyp)/su;

/** True for a picture, a font, a sound or a PDF file, by its first bytes. */
export function isMedia(content: Buffer): boolean {
  return MEDIA.test(content.subarray(0, 16).toString("latin1"));
}

/** A line with a picture in base64, and with no other long text. */
function isPicture(line: string): boolean {
  const data = /\bdata:(?:image|font)\/[a-z0-9.+-]{1,20};base64,([A-Za-z0-9+/=]{64,})/u.exec(line)?.[1];
  return data !== undefined && line.length - data.length < LARGE && isMedia(Buffer.from(data.slice(0, 64), "base64"));
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
