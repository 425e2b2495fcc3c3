import type { Findings } from "./finding.js";
import { codePoint, type SkillText } from "./skill-text.js";

/** All characters that may be invisible; each occurrence is judged separately. */
const CANDIDATE =
  // oxlint-disable-next-line no-misleading-character-class -- each character is matched alone
  /[\u{e0000}-\u{e007f}\u{e0100}-\u{e01ef}\u202a-\u202e\u2066-\u2069\u00ad\u061c\u180e\u200b-\u200f\u2060-\u2064\u3164\ufe00-\ufe0f\ufeff\uffa0]/gu;

/** Variation selectors in a line from which they can carry a text. */
const MANY_SELECTORS = 8;

const WHAT = {
  VARIATION_SELECTORS: { severity: "high", one: "variation selector", many: "variation selectors" },
  UNICODE_TAG: { severity: "high", one: "tag character", many: "tag characters" },
  BIDI: { severity: "high", one: "bidirectional control", many: "bidirectional controls" },
  ZERO_WIDTH: { severity: "medium", one: "invisible character", many: "invisible characters" },
} as const;

type HiddenRule = keyof typeof WHAT;

/**
 * UNICODE_TAG, BIDI, VARIATION_SELECTORS, ZERO_WIDTH: characters that a human reader does not see but a model does. One
 * finding per line.
 */
export function findHiddenCharacters(skillText: SkillText, findings: Findings): void {
  const { path: file, text } = skillText;
  const flags = flagSpans(text);
  const selectors = new Map<number, number>();
  const counts = new Map<string, { rule: HiddenRule; line: number; offset: number; count: number }>();
  for (const { 0: character, index } of text.matchAll(CANDIDATE)) {
    const rule = ruleOf(text, index, character, flags);
    if (rule === null) continue;
    const line = skillText.lineOf(index);
    if (rule === "ZERO_WIDTH" && /[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/u.test(character))
      selectors.set(line, (selectors.get(line) ?? 0) + 1);
    const known = counts.get(`${rule} ${line}`);
    if (known === undefined) counts.set(`${rule} ${line}`, { rule, line, offset: index, count: 1 });
    else known.count += 1;
  }
  for (const { rule: kind, line, offset, count } of counts.values()) {
    const isCarrier = kind === "ZERO_WIDTH" && (selectors.get(line) ?? 0) >= MANY_SELECTORS;
    const rule = isCarrier ? "VARIATION_SELECTORS" : kind;
    const { severity, one, many } = WHAT[rule];
    const first = codePoint(text.slice(offset, offset + 2));
    const place = `${first} in column ${skillText.columnOf(offset)}`;
    const message = count === 1 ? `1 ${one}: ${place}` : `${count} ${many}, the first ${place}`;
    findings.add({ rule, severity, file, line, message });
  }
}

function ruleOf(text: string, index: number, character: string, flags: ReadonlySet<number>): HiddenRule | null {
  const point = character.codePointAt(0) ?? 0;
  if (point >= 0xe0000 && point <= 0xe007f) return flags.has(index) ? null : "UNICODE_TAG";
  if ((point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069)) return "BIDI";
  return isInPlace(text, index, point) ? null : "ZERO_WIDTH";
}

/**
 * True where the writing system needs the character: in emoji, in joining scripts, beside
 * right-to-left letters, as a byte order mark.
 */
function isInPlace(text: string, index: number, point: number): boolean {
  const before = characterBefore(text, index);
  const after = String.fromCodePoint(text.codePointAt(index + (point > 0xffff ? 2 : 1)) ?? 0);
  if (point === 0xfeff) return index === 0;
  if (point === 0x200d && EMOJI_PART.test(before) && PICTOGRAPH.test(after)) return true;
  if (point === 0x200c || point === 0x200d) return JOINING.test(before) && JOINING.test(after);
  if (point === 0x200e || point === 0x200f || point === 0x061c)
    return RIGHT_TO_LEFT.test(text.slice(Math.max(0, index - 16), index + 16));
  if (point === 0xfe0e || point === 0xfe0f) return HAN.test(before) || PRESENTED.test(before);
  if (point >= 0xfe00 && point <= 0xfe0d) return VARIED.test(before);
  if (point >= 0xe0100) return HAN.test(before);
  return false;
}

const HAN = /\p{Script=Han}/u;
const PICTOGRAPH = /\p{Extended_Pictographic}/u;
/** Characters that are shown as text or as a picture. */
const PRESENTED = /[\p{Emoji}\p{S}\p{Po}]/u;
/** Characters for which Unicode defines variants. */
const VARIED = /[\p{Script=Han}\p{Sm}\p{Script=Myanmar}\p{Script=Phags_Pa}\u3001\u3002\uff01-\uff1f]/u;
const EMOJI_PART = /[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f]/u;
const RIGHT_TO_LEFT = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/** Letters and marks of scripts in which the two joiners are part of the spelling. */
const JOINING =
  /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}]/u;

function characterBefore(text: string, index: number): string {
  if (index === 0) return "";
  const last = text.charCodeAt(index - 1);
  const isLow = last >= 0xdc00 && last <= 0xdfff && index > 1;
  return text.slice(isLow ? index - 2 : index - 1, index);
}

/** Offsets of the tag characters in the three flags that use them: England, Scotland, Wales. */
function flagSpans(text: string): Set<number> {
  const flags = new Set<number>();
  const tags = (word: string) =>
    [...word].map((letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0))).join("");
  for (const region of ["gbeng", "gbsct", "gbwls"]) {
    const flag = `\u{1f3f4}${tags(region)}\u{e007f}`;
    for (let at = text.indexOf(flag); at !== -1; at = text.indexOf(flag, at + flag.length)) {
      for (let index = 2; index < flag.length; index += 2) flags.add(at + index);
    }
  }
  return flags;
}
