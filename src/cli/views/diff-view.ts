import type { SkillDiff } from "../../update/skill-diff.js";
import type { FileChange } from "../../skill/audit/delta.js";
import type { AuditFinding } from "../../skill/audit/finding.js";
import { withoutInvisible } from "../../skill/audit/skill-text.js";
import { oneLine } from "./one-line.js";
import type { Palette } from "../terms/colour.js";

/** Maximum entries of one list in the text; the JSON document has all. */
const MOST_SHOWN = 50;

/** The note under every comparison. */
export const DIFF_NOTE = "what is listed is triage and no verdict; that nothing is listed is not proof of safety";

/** The note for a branch that does not descend from the pinned commit. */
export const REWRITTEN = "the new commit does not descend from the pinned one";

/** One fact about an update: our text, then foreign text. */
export interface DiffFact {
  label: string;
  /** Foreign text; "" for a fact that needs none. */
  value: string;
}

const SIGNS = { added: "+", modified: "~", removed: "-" } as const;

/** The changes of an update of one skill, indented, to be printed below the line that names it. */
export function diffLines(diff: SkillDiff, colours: Palette): string[] {
  if (diff.message !== null) return [`  ${colours.bad("cannot be compared")}: ${oneLine(diff.message)}`];
  const files = shownFiles(diff).map(({ path, change }) => `    ${SIGNS[change]} ${withoutInvisible(oneLine(path))}`);
  const facts = [...capabilityFacts(diff), ...findingFacts(diff)].map(
    ({ label, value }) => `  ${colours.odd(label)} ${withoutInvisible(oneLine(value))}`,
  );
  const rewritten = diff.rewritten === true ? [`  ${colours.odd("rewritten")}: ${REWRITTEN}`] : [];
  const held =
    diff.held === null ? [] : [`  ${colours.odd("held")}: ${diff.held}; update needs --force to move the pin`];
  const denied = diff.denied === null ? [] : [`  ${colours.bad("denied by policy")}: ${oneLine(diff.denied)}`];
  return [
    ...rewritten,
    ...held,
    ...denied,
    ...facts,
    `  files: ${changeCounts(diff.files)}`,
    ...files,
    ...moreOf(diff.files, "    "),
  ];
}

/** `2 added, 1 modified, 0 removed`. */
export function changeCounts(files: readonly FileChange[]): string {
  const count = (change: FileChange["change"]) => files.filter((file) => file.change === change).length;
  return (["added", "modified", "removed"] as const).map((change) => `${count(change)} ${change}`).join(", ");
}

/** The number of files that are not shown, as a line; nothing if all are shown. */
export function moreOf(list: readonly unknown[], indent: string): string[] {
  return list.length > MOST_SHOWN ? [`${indent}… and ${list.length - MOST_SHOWN} more; --json lists all`] : [];
}

/** The files that are shown. */
export function shownFiles({ files }: SkillDiff): readonly FileChange[] {
  return files.slice(0, MOST_SHOWN);
}

/** What the skill can newly do, and what it no longer does. */
export function capabilityFacts({ capabilities: { added, removed } }: SkillDiff): DiffFact[] {
  return [...listed("gains", added), ...listed("loses", removed)];
}

/** The new findings that need a review. */
export function findingFacts(diff: SkillDiff): DiffFact[] {
  const findings = toReview(diff);
  const facts = findings
    .slice(0, MOST_SHOWN)
    .map((finding) => ({ label: `new finding, ${finding.severity}:`, value: placed(finding) }));
  const more = findings.length - MOST_SHOWN;
  return more > 0 ? [...facts, { label: "new findings:", value: `${more} more` }] : facts;
}

/** How much there is to review: new capabilities and new findings. */
export function reviewCount(diff: SkillDiff): number {
  return diff.capabilities.added.length + toReview(diff).length;
}

function toReview({ risk }: SkillDiff): AuditFinding[] {
  return risk.findings.filter(({ severity }) => severity !== "info");
}

function listed(label: string, values: readonly string[]): DiffFact[] {
  const facts = values.slice(0, MOST_SHOWN).map((value) => ({ label, value }));
  const more = values.length - MOST_SHOWN;
  return more > 0 ? [...facts, { label, value: `${more} more` }] : facts;
}

function placed({ rule, file, line, message }: AuditFinding): string {
  return `${rule} ${file}${line === null ? "" : `:${line}`}: ${message}`;
}
