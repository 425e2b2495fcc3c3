import * as z from "zod/mini";
import { quote } from "./findings.js";

/**
 * A zod check of one value: `problemOf` returns its problem, or null. The issue has our `code` in
 * its params.
 */
export function rule<T>(code: string, problemOf: (value: T) => string | null): z.core.$ZodCheck<T> {
  return z.check<T>(({ value, issues }) => {
    const problem = problemOf(value);
    if (problem === null) return;
    const message = typeof value === "string" ? `${quote(value)}: ${problem}` : problem;
    issues.push({ code: "custom", input: value, params: { code }, message, continue: true });
  });
}

/**
 * A zod check that adds our `code` to every issue of a value; with `types`, only if the value has
 * one of these types.
 */
export function coded(code: string, ...types: readonly ("string" | "number")[]): z.core.$ZodCheck<unknown> {
  const isMeant = (value: unknown) => types.length === 0 || types.some((type) => typeof value === type);
  return z.check(
    ({ issues }) => {
      for (const issue of issues)
        if ((issue.path ?? []).length === 0 && isMeant(issue.input)) Object.assign(issue, { params: { code } });
    },
    { when: ({ issues }) => issues.length > 0 },
  );
}
