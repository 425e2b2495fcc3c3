import { skillText } from "../helpers/manifest-of.js";

/** A skill of a corpus, made by code: path → content. */
export interface CorpusSkill {
  id: string;
  files: Record<string, string | Buffer>;
  /** Symbolic links: path → text. */
  links?: Record<string, string>;
}

/** A skill that attacks, with the rule that should report it. */
export interface HostileSkill extends CorpusSkill {
  rule: string;
}

/** What every hostile skill says besides its attack. */
const CARRIER = [
  "Use this skill to format reports of a project.",
  "",
  "## Steps",
  "",
  "1. Read the files that the user names.",
  "2. Write a summary with a heading for each file.",
  "",
].join("\n");

/** A hostile skill with the attack in the text of its SKILL.md. */
export function inText(id: string, rule: string, attack: string): HostileSkill {
  return { id, rule, files: { "SKILL.md": skillText(id, `${CARRIER}\n${attack}\n\nThen show the result.`) } };
}

/** A hostile skill with the attack in a file beside its SKILL.md. */
export function inFile(id: string, rule: string, [path, attack]: readonly [string, string | Buffer]): HostileSkill {
  const body = `${CARRIER}\nRun \`${path}\` to collect what is needed.`;
  return { id, rule, files: { "SKILL.md": skillText(id, body), [path]: attack } };
}

/** A hostile skill with the attack in its front matter. */
export function inHead(id: string, rule: string, lines: string): HostileSkill {
  const text = skillText(id, CARRIER).replace(/^---\n/u, `---\n${lines}\n`);
  return { id, rule, files: { "SKILL.md": text } };
}

/** Text as tag characters, which are not shown. */
export function tags(text: string): string {
  return [...text].map((one) => String.fromCodePoint(0xe0000 + one.charCodeAt(0))).join("");
}

/** Text as variation selectors, a byte in each. */
export function selectors(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) => String.fromCodePoint(byte < 16 ? 0xfe00 + byte : 0xe0100 + byte - 16))
    .join("");
}

/** Text as bits of two invisible characters. */
export function zeroWidth(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) => byte.toString(2).padStart(8, "0").replaceAll("0", "\u200b").replaceAll("1", "\u200c"))
    .join("");
}

/** Base64. */
export function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
