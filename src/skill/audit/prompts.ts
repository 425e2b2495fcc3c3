import type { Findings } from "./finding.js";
import { OTHER_LANGUAGES } from "./prompt-phrases.js";
import { shownName, type SkillText } from "./skill-text.js";

const OVERRIDES: readonly (readonly [string, RegExp])[] = [
  [
    "asks the reader to ignore other instructions",
    /\b(?:ignore|disregard|forget|override|bypass)\s{1,5}(?:(?:all|any|every|the|your|these|those|my|of|other)\s{1,5}){0,4}(?:previous|prior|above|earlier|preceding|existing|former|system|safety|original)\s{1,5}(?:(?:system|safety|security|user)\s{1,5})?(?:instructions?|rules?|prompts?|messages?|directions?|guidelines?|guardrails?|constraints?)\b/gi,
  ],
  [
    "asks to keep something from the user",
    /\b(?:do\s{1,5}not|don't|don’t|never|must\s{1,5}not)\s{1,5}(?:(?:ever|mention|reveal|disclose|show|report|admit|say|explain|tell|inform|notify|warn|alert|ask)\s{1,5})(?:(?:this|that|it|any|of|about|these|anything)\s{1,5}){0,4}(?:to\s{1,5})?the\s{1,5}user\b/gi,
  ],
  [
    "asks to keep something from the user",
    /\b(?:(?:hide|conceal|keep)\s{1,5}(?:(?:this|it|that|these|any|all|secret|hidden|steps?)\s{1,5}){1,4}from\s{1,5}the\s{1,5}user|without\s{1,5}(?:telling|informing|asking|notifying|alerting|warning)\s{1,5}the\s{1,5}user)\b/gi,
  ],
  [
    "asks to keep something from the user",
    /\b(?:the\s{1,5})?user\s{1,5}(?:does\s{1,5}not|doesn't|doesn’t|must\s{1,5}not|should\s{1,5}not|need\s{1,5}not)\s{1,5}(?:(?:need|have)\s{1,5}to\s{1,5})?(?:know|see|notice|learn|find\s{1,5}out)\b/gi,
  ],
  [
    "imitates a message of the system",
    /<\|(?:im_start|im_end|system|endoftext|eot_id)\|>|<<SYS>>|\[\/?INST\]|<\/?(?:system|system-reminder|system_prompt)>/gi,
  ],
  ...OTHER_LANGUAGES,
  [
    "asks for the system prompt",
    /\b(?:reveal|print|output|repeat|show|send|leak)\s{1,5}(?:me\s{1,5})?(?:your|the)\s{1,5}(?:(?:full|entire|hidden|original)\s{1,5}){0,2}system\s{1,5}prompt\b/gi,
  ],
];

/**
 * PROMPT_OVERRIDE: phrases that turn an agent against the user it works for, also across line ends.
 */
export function findPromptOverrides(skillText: SkillText, findings: Findings): void {
  const { path: file, text } = skillText;
  for (const [message, pattern] of OVERRIDES) {
    for (const { index } of text.matchAll(pattern))
      findings.add({
        rule: "PROMPT_OVERRIDE",
        severity: isQuoted(text, index) ? "low" : "medium",
        file,
        line: skillText.lineOf(index),
        message,
      });
  }
}

/** A phrase in quotes is shown to the reader, not said to it. */
function isQuoted(text: string, index: number): boolean {
  return /["“”„«‘'`]$/u.test(text.slice(Math.max(0, index - 1), index));
}

/** Length in characters from which a comment is more than a note. */
const LONG_COMMENT = 200;

const INSTRUCTS =
  /\b(?:you|your|must|should|always|never|don't|do not|run|execute|follow|send|ignore|agent|assistant|model|instructions?)\b/i;

/** An order to the agent. */
const ORDERS =
  /\b(?:you|agents?|assistants?|models?)\s{1,5}(?:must|should|have\s{1,5}to|need\s{1,5}to|shall|will)\s{1,5}(?:\w{1,20}\s{1,5})?(?:run|execute|fetch|download|upload|ignore|read|delete|install)\b/i;

/**
 * HIDDEN_COMMENT: a long HTML comment with instructions: invisible on the rendered page, visible to
 * a model.
 */
export function findHiddenComments(skillText: SkillText, findings: Findings): void {
  const { path: file, text } = skillText;
  let at = text.indexOf("<!--");
  while (at !== -1) {
    const found = text.indexOf("-->", at + 4);
    const end = found === -1 ? text.length : found;
    const comment = text.slice(at + 4, end).trim();
    if (comment.length > LONG_COMMENT && INSTRUCTS.test(comment)) {
      const message = `an HTML comment of ${comment.length} characters with instructions`;
      const severity = ORDERS.test(comment) ? "medium" : "low";
      findings.add({ rule: "HIDDEN_COMMENT", severity, file, line: skillText.lineOf(at), message });
    }
    at = text.indexOf("<!--", end);
  }
}

/**
 * DYNAMIC_COMMAND: agents run such a command when they load the skill, before a user has read it.
 */
export function findDynamicCommands(skillText: SkillText, findings: Findings): void {
  const { path: file, text } = skillText;
  for (const match of text.matchAll(/!`\s{0,8}([^`\s]{1,200})[^`\n]{0,2000}`|^[ \t]{0,3}```!/gm)) {
    const program = match[1] === undefined ? "commands of a block" : shownName(programOf(match[1]));
    const message = `runs ${program} while it is loaded`;
    findings.add({ rule: "DYNAMIC_COMMAND", severity: "medium", file, line: skillText.lineOf(match.index), message });
  }
}

/**
 * A first word that is not a plain program name (an assignment, a quoted text) might be anything.
 */
function programOf(word: string): string {
  return /^[A-Za-z0-9._/~-]{1,60}$/.test(word) ? word : "a command";
}
