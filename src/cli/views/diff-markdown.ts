import { shortVersion, type SkillDiff } from "../../update/skill-diff.js";
import type { UpdatePreview } from "../../update/preview-update.js";
import {
  capabilityFacts,
  changeCounts,
  DIFF_NOTE,
  findingFacts,
  moreOf,
  REWRITTEN,
  reviewCount,
  shownFiles,
} from "./diff-view.js";
import { codeSpan, tableRow } from "./markdown.js";

/** One skill with what an update would bring. */
type Row = Pick<UpdatePreview["skills"][number], "id"> & SkillDiff;

/**
 * What updates would bring, fit for the text of a pull request: a heading, a table, and for each
 * skill what it can newly do, new findings, files, and its changed text. Foreign text is in code.
 * @param texts the changed text of skills, as Markdown, by id.
 */
export function diffMarkdown(rows: readonly Row[], texts: ReadonlyMap<string, string[]> = new Map()): string[] {
  const moved = rows.filter(({ status }) => status !== "current" && status !== "pinned");
  if (moved.length === 0) return ["## Skill updates", "", "No pin is behind its ref."];
  return [
    "## Skill updates",
    "",
    tableRow(["skill", "status", "from", "to", "files", "to look at"]),
    tableRow(["---", "---", "---", "---", "---", "---"]),
    ...moved.map((row) =>
      tableRow([
        codeSpan(row.id),
        row.status,
        shortCommit(row.from),
        shortCommit(row.to),
        row.message === null ? changeCounts(row.files) : row.status === "removed" ? "all removed" : "not compared",
        row.message === null ? String(reviewCount(row)) : "",
      ]),
    ),
    ...moved.flatMap((row) => [...detailsOf(row), ...(texts.get(row.id) ?? [])]),
    "",
    `_${DIFF_NOTE}_`,
  ];
}

function detailsOf(row: Row): string[] {
  const heading = ["", `### ${codeSpan(row.id)}`, ""];
  if (row.status === "removed") return [...heading, `- ${codeSpan(row.message ?? "")}`];
  if (row.message !== null) return [...heading, `- cannot be compared: ${codeSpan(row.message)}`];
  const commits = `- commits: ${fullCommit(row.from)} → ${fullCommit(row.to)}`;
  const held = row.held === null ? [] : [`- **held**: ${row.held}; \`update\` needs \`--force\` to move the pin`];
  const rewritten = row.rewritten === true ? [`- **rewritten**: ${REWRITTEN}`] : [];
  const denied = row.denied === null ? [] : [`- **denied by policy**: ${codeSpan(row.denied)}`];
  const files = shownFiles(row).map(({ path, change }) => `- ${change} ${codeSpan(path)}`);
  const facts = [...capabilityFacts(row), ...findingFacts(row)];
  const shown = facts.map(({ label, value }) => `- **${label}** ${codeSpan(value)}`);
  return [...heading, ...shown, ...denied, ...rewritten, ...held, commits, ...files, ...moreOf(row.files, "- ")];
}

function shortCommit(commit: string | null): string {
  return commit === null ? "not pinned" : codeSpan(shortVersion(commit));
}

function fullCommit(commit: string | null): string {
  return commit === null ? "none" : codeSpan(commit);
}
