import { EdenError, errorCode, errorMessage, sanitize, type Problem } from "../../errors.js";
import type { Palette } from "../terms/colour.js";
import { hintFor } from "../terms/explain.js";

/** An error that ended a command, as lines: every problem with its place, then the next step. */
export function errorLines(error: unknown, colours: Palette, verbose: boolean): string[] {
  if (!(error instanceof EdenError)) return bugLines(error, colours, verbose);
  const { problems = [], path, hint } = error.facts;
  const lines: string[] = [];
  const explained = new Set<string>();
  for (const problem of problems) {
    lines.push(...problemLines(problem, path, colours));
    if (!explained.has(problem.code)) lines.push(...hintLines(hint ?? hintFor(problem.code)));
    explained.add(problem.code);
  }
  if (lines.length === 0) {
    lines.push(`${colours.bad(`error[${error.code}]`)}: ${sanitize(error.message)}`);
    lines.push(...hintLines(hint ?? hintFor(error.code)));
  }
  if (verbose && error.cause !== undefined) lines.push(`  cause: ${errorMessage(error.cause)}`);
  return lines;
}

/** Warnings about a manifest that is valid, one line each. */
export function warningLines(warnings: readonly Problem[], colours: Palette): string[] {
  return warnings.map(({ code, path, message, line, column }) => {
    const place = line === null ? "" : ` (${line}:${column ?? 1})`;
    return `${colours.odd(`warning[${code}]`)}${path === "" ? "" : ` ${sanitize(path)}`}: ${sanitize(message)}${place}`;
  });
}

/** An error that ended a command, as the one JSON document of its run. */
export function errorDocument(error: unknown, exitCode: number): object {
  const code = error instanceof EdenError ? error.code : "INTERNAL";
  const message = errorMessage(error);
  const known = (error instanceof EdenError ? (error.facts.problems ?? []) : []).filter(
    ({ severity }) => severity === "error",
  );
  const whole = { code, severity: "error" as const, path: "", message, line: null, column: null };
  const problems = known.length > 0 ? known : [whole];
  return {
    error: {
      code,
      message,
      problems: problems.map((one) => ({
        code: one.code,
        path: one.path,
        message: sanitize(one.message),
        line: one.line,
        column: one.column,
      })),
      ...(error instanceof EdenError && { hint: error.facts.hint ?? hintFor(code) }),
    },
    exit_code: exitCode,
  };
}

function problemLines(problem: Problem, file: string | undefined, colours: Palette): string[] {
  const { code, severity, path, message, line, column } = problem;
  const label = severity === "error" ? colours.bad(`error[${code}]`) : colours.odd(`warning[${code}]`);
  const lines = [`${label}${path === "" ? "" : ` ${sanitize(path)}`}: ${sanitize(message)}`];
  if (file !== undefined) {
    const place = line === null ? "" : `:${line}:${column ?? 1}`;
    lines.push(colours.faint(`  --> ${sanitize(file)}${place}`));
  }
  return lines;
}

function hintLines(advice: string | null): string[] {
  return advice === null ? [] : [`  hint: ${sanitize(advice)}`];
}

/**
 * An unexpected failure: one of the system without a code of its own, or a fault of the program.
 */
function bugLines(error: unknown, colours: Palette, verbose: boolean): string[] {
  const lines = [`${colours.bad("error[INTERNAL]")}: ${errorMessage(error)}`];
  if (verbose && error instanceof Error && error.stack !== undefined) lines.push(sanitize(error.stack));
  else if (errorCode(error) === undefined) {
    lines.push("  hint: This is a fault of the program; --verbose shows where it happened.");
  }
  return lines;
}
