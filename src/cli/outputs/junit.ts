import type { Report, SkillReport } from "../../run/report.js";
import { plain, problemsOf, type ReportProblem } from "./report-problems.js";

/**
 * A report as JUnit XML: one suite for the run, one test case per skill, and one for the run itself
 * if it has an error of its own. A skill that failed or is in conflict is a failure, one that was
 * cancelled or is not installed here is skipped. Valid for the schemas of Ant and of Jenkins.
 */
export function junitXml(report: Report): string {
  const errors = problemsOf(report).filter(({ severity }) => severity === "error");
  const own = errors.filter(({ skill }) => skill === null);
  const cases = report.skills.map((skill) => {
    const mine = errors.filter((one) => one.skill === skill);
    return caseOf(skill, mine);
  });
  if (own.length > 0)
    cases.unshift({ name: report.command, elapsedMs: 0, result: "error", content: faultXml("error", own) });
  const count = (result: Case["result"]) => String(cases.filter((one) => one.result === result).length);
  const suite = attributes({
    id: "0",
    package: "eden-skills",
    name: `eden-skills ${report.command}`,
    hostname: "localhost",
    timestamp: report.started_at.slice(0, 19),
    tests: String(cases.length),
    failures: count("failure"),
    errors: count("error"),
    skipped: count("skipped"),
    time: seconds(report.elapsed_ms),
  });
  const lines = cases.map(({ name, elapsedMs, content }) => {
    const head = attributes({ classname: `eden-skills.${report.command}`, name, time: seconds(elapsedMs) });
    return content === "" ? `    <testcase ${head}/>` : `    <testcase ${head}>${content}</testcase>`;
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    "<testsuites>",
    `  <testsuite ${suite}>`,
    "    <properties/>",
    ...lines,
    "    <system-out/>",
    "    <system-err/>",
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

interface Case {
  name: string;
  elapsedMs: number;
  result: "passed" | "failure" | "error" | "skipped";
  content: string;
}

function caseOf(skill: SkillReport, errors: readonly ReportProblem[]): Case {
  const { id, status } = skill;
  const one = { name: plain(id), elapsedMs: elapsedOf(skill) };
  if (status === "cancelled" || status === "metadata_only") return { ...one, result: "skipped", content: "<skipped/>" };
  if (status !== "failed" && status !== "conflict") return { ...one, result: "passed", content: "" };
  const unnamed = { skill, severity: "error" as const, code: status.toUpperCase(), message: status, hint: null };
  return { ...one, result: "failure", content: faultXml("failure", errors.length > 0 ? errors : [unnamed]) };
}

/** The sync, which may wait for a permit, and the targets. */
function elapsedOf({ sync: { started_ms, ended_ms }, targets }: SkillReport): number {
  const synced = started_ms === null || ended_ms === null ? 0 : ended_ms - started_ms;
  return targets.reduce((sum, target) => sum + target.ended_ms - target.started_ms, synced);
}

/** The first problem in the attributes, all of them in the text. */
function faultXml(element: "failure" | "error", problems: readonly ReportProblem[]): string {
  const [first] = problems;
  const text = problems.map(
    ({ code, message, hint }) => `${code}: ${message}${hint === null ? "" : `\n  hint: ${hint}`}`,
  );
  return `<${element} ${attributes({ type: first?.code ?? "", message: first?.message ?? "" })}>${escaped(text.join("\n"))}</${element}>`;
}

function attributes(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(" ");
}

/** Seconds with three digits. */
function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replace(/[&<>"]/gu, (character) => entities[character] ?? character);
}
