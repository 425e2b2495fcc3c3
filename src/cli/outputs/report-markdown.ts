import type { Report } from "../../run/report.js";
import { tallyOf } from "../../run/tally.js";
import { codeSpan, tableRow } from "../views/markdown.js";
import { actionOf, changesOf, type SkillChange } from "../views/changed-lines.js";
import { verdictText } from "../views/frame-lines.js";
import { problemsOf, type ReportProblem } from "./report-problems.js";

/** Rows of one table; the others are counted. A build server limits the size of a summary. */
const MOST_ROWS = 50;
/** Characters of one cell. */
const LONGEST_CELL = 300;

/**
 * A report as Markdown: the verdict, each problem with its next step, the skills that changed, and
 * times. Foreign text is in code spans; the size is bounded.
 */
export function reportMarkdown(report: Report): string {
  const { command, outcome, exit_code } = report;
  const problems = problemsOf(report);
  return [
    `## eden-skills ${command}: ${outcome}`,
    "",
    `${verdictText(report, tallyOf(report))}; exit code ${exit_code}`,
    ...tableOf("Problems", PROBLEM_HEADS, problems.map(problemRow)),
    ...tableOf("Changed skills", ["skill", "change", "agents"], changesOf(report).map(changeRow)),
    ...tableOf("Time", ["part", "time"], timeRows(report)),
    "",
  ].join("\n");
}

/** Problems that prevented a run, as Markdown. */
export function problemsMarkdown(title: string, problems: readonly Omit<ReportProblem, "skill">[]): string {
  const rows = problems.map((problem) => problemRow({ ...problem, skill: null }));
  return [`## ${title}`, ...tableOf("Problems", PROBLEM_HEADS, rows), ""].join("\n");
}

const PROBLEM_HEADS = ["", "skill", "problem", "next step"];

function tableOf(title: string, heads: readonly string[], rows: readonly string[][]): string[] {
  if (rows.length === 0) return [];
  const more = rows.length - MOST_ROWS;
  const shown = [heads, heads.map(() => "---"), ...rows.slice(0, MOST_ROWS)];
  return ["", `### ${title}`, "", ...shown.map(tableRow), ...(more > 0 ? ["", `… and ${more} more`] : [])];
}

function problemRow({ skill, severity, code, message, hint }: ReportProblem): string[] {
  const what = `**${code}** ${cell(message)}`;
  return [severity, skill === null ? "" : cell(skill.id), what, hint === null ? "" : cell(hint)];
}

/** A moved pin is in the text of its skill. */
function changeRow({ text, targets }: SkillChange): string[] {
  const agents = new Set(targets.flatMap((target) => target.agents));
  const action = actionOf(targets);
  return [cell(text), action === "noop" ? "pin" : action, cell([...agents].join(", "))];
}

function timeRows({ phases, elapsed_ms }: Report): string[][] {
  const rows = (["sync", "install"] as const).flatMap((name) => {
    const phase = phases[name];
    return phase === null ? [] : [[name, seconds(phase.ended_ms - phase.started_ms)]];
  });
  return [...rows, ["whole run", seconds(elapsed_ms)]];
}

function cell(text: string): string {
  return codeSpan(text.length > LONGEST_CELL ? `${text.slice(0, LONGEST_CELL)}…` : text);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
