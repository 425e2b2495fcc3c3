import { EdenError, errorMessage } from "../../errors.js";
import type { Report } from "../../run/report.js";
import type { Host } from "../../system/host.js";
import { withoutWorkflowCommands } from "../session/workflow-commands.js";
import { hintFor } from "../terms/explain.js";
import { inCheckout, type ManifestPlace } from "./manifest-place.js";
import { plain, problemsOf } from "./report-problems.js";

/** A message that GitHub shows beside a line of a file. */
export interface Annotation {
  level: "error" | "warning" | "notice";
  code: string;
  message: string;
  hint: string | null;
  /** Relative to the checkout; null if it concerns no file. */
  file: string | null;
  /** From 1. */
  line: number | null;
}

/** GitHub shows so many of each level for one step. */
const MOST = 10;

/** Annotations as workflow commands of GitHub Actions, the first ten of each level. */
export function workflowCommands(annotations: readonly Annotation[]): string[] {
  const counts = { error: 0, warning: 0, notice: 0 };
  return annotations
    .filter(({ level }) => ++counts[level] <= MOST)
    .map(({ level, code, message, hint, file, line }) => {
      const properties = [
        ...(file === null ? [] : [`file=${property(file)}`, ...(line === null ? [] : [`line=${line}`])]),
        `title=${property(code)}`,
      ];
      return `::${level} ${properties.join(",")}::${data(hint === null ? message : `${message}\n${hint}`)}`;
    });
}

/** The errors and warnings of a run, at the entries of their skills. */
export function annotationsOf(report: Report, { file, lineOf }: ManifestPlace): Annotation[] {
  return problemsOf(report).map(({ skill, severity, code, message, hint }) => ({
    level: severity,
    code,
    message: skill === null ? message : `${plain(skill.id)}: ${message}`,
    hint,
    file,
    line: skill === null ? null : lineOf(skill),
  }));
}

/** The problems of an error that ended a command, at their lines of the manifest. */
export function annotationsOfError(error: unknown, host: Pick<Host, "env" | "cwd">): Annotation[] {
  const { problems = [], hint, path } = error instanceof EdenError ? error.facts : {};
  const code = error instanceof EdenError ? error.code : "INTERNAL";
  const whole = { code, severity: "error" as const, path: "", message: errorMessage(error), line: null };
  return (problems.length > 0 ? problems : [whole]).map((problem) => ({
    level: problem.severity,
    code: problem.code,
    message: plain(problem.path === "" ? problem.message : `${problem.path}: ${problem.message}`),
    hint: hint ?? hintFor(problem.code),
    file: path === undefined || problem.line === null ? null : inCheckout(path, host),
    line: problem.line,
  }));
}

/** GitHub reads `##[name]` in the middle of a line, too. */
function data(text: string): string {
  return withoutWorkflowCommands(text).replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(plain(text)).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
