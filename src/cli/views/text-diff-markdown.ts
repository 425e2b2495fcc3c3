import type { SkillTextDiff } from "../../inspect/skill-diffs.js";
import { withoutInvisible } from "../../skill/audit/skill-text.js";
import { palette } from "../terms/colour.js";
import { fileLines } from "./text-diff-view.js";

/** Maximum lines of one skill. */
const MOST_LINES = 200;

/** Maximum characters of a line. */
const LONGEST_LINE = 400;

/** The changed text of each skill by id, in a code block that it cannot leave. */
export function textDiffMarkdown(skills: readonly SkillTextDiff[]): Map<string, string[]> {
  const different = skills.filter(({ status, files }) => status === "different" && files.length > 0);
  return new Map(different.map((skill) => [skill.id, blockOf(skill)]));
}

function blockOf({ id, files }: SkillTextDiff): string[] {
  const lines = files.flatMap((file) => fileLines(id, file, palette(false))).map(bounded);
  const shown = lines.slice(0, MOST_LINES);
  const longest = Math.max(2, ...shown.flatMap((line) => [...line.matchAll(/`+/gu)].map(({ 0: row }) => row.length)));
  const fence = "`".repeat(longest + 1);
  const left = lines.length - shown.length;
  const more = left === 0 ? [] : [`… ${left} more lines; \`eden-skills diff --upstream\` shows all`];
  return ["", `${fence}diff`, ...shown, fence, ...more];
}

function bounded(line: string): string {
  const shown = withoutInvisible(line.replaceAll("\t", "    "));
  return shown.length > LONGEST_LINE ? `${shown.slice(0, LONGEST_LINE)}…` : shown;
}
