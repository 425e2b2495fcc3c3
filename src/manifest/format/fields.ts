import * as z from "zod/mini";
import { DURATION, parseDuration } from "../names/durations.js";
import { refProblem } from "../names/ref-name.js";
import { parseSize, SIZE } from "../names/sizes.js";
import { SKILL_ID, skillIdProblem } from "../names/skill-id.js";
import { normalSubpath, SUBPATH, subpathProblem } from "../source/subpath.js";
import { coded, rule } from "./coded-issues.js";

/** The version of a document's format; so far there is one. */
export const formatVersion = z
  .literal(1, { error: ({ input }) => (input === undefined ? undefined : "this program reads version 1") })
  .check(coded("UNSUPPORTED_VERSION", "number"), z.meta({ type: "integer", minimum: 1, maximum: 1 }));

/** The id of a skill. */
export const skillId = z.string().check(rule("INVALID_SKILL_ID", skillIdProblem), z.meta({ pattern: SKILL_ID.source }));

/** The name of a branch, a tag or a commit. */
export const refName = z.string().check(rule("INVALID_REF", refProblem));

/** A directory inside a source, in its normal spelling. */
export const subpath = z
  .string()
  .check(rule("INVALID_SUBPATH", subpathProblem), z.overwrite(normalSubpath), z.meta({ pattern: SUBPATH.source }));

const NOT_A_DURATION = 'not a duration: write "250ms", "30s", "10m", "1h" or "0", at most 24 days';

/** Milliseconds, written `30s`. */
export function duration(minimumMs = 0) {
  const written = z
    .union([z.string().check(z.regex(DURATION, NOT_A_DURATION)), z.literal(0)], NOT_A_DURATION)
    .check(coded("INVALID_DURATION", "string", "number"));
  const milliseconds = z.transform((text: string | 0, { issues }) => {
    const value = text === 0 ? 0 : parseDuration(text);
    if (value !== null && value >= minimumMs) return value;
    const message = value === null ? NOT_A_DURATION : `at least ${minimumMs} ms`;
    issues.push({ code: "custom", input: text, params: { code: "INVALID_DURATION" }, message });
    return z.NEVER;
  });
  return z.pipe(written, milliseconds);
}

const NOT_A_SIZE = 'not a size: write "500KB", "64MiB" or "1GB"';

/** Bytes, written `64MiB`, or as a bare whole number up to `largestNumber`. */
export function size(largestNumber = 0) {
  const written = z
    .union([z.string().check(z.regex(SIZE, NOT_A_SIZE)), integer(0, largestNumber)], NOT_A_SIZE)
    .check(coded("INVALID_SIZE", "string", "number"));
  const bytes = z.transform((text: string | number, { issues }) => {
    const value = typeof text === "number" ? text : parseSize(text);
    if (value !== null) return value;
    issues.push({ code: "custom", input: text, params: { code: "INVALID_SIZE" }, message: NOT_A_SIZE });
    return z.NEVER;
  });
  return z.pipe(written, bytes);
}

/** The largest whole number in a manifest, unless a field has a smaller maximum. */
const LARGEST = 1_000_000_000;

/** A whole number within inclusive bounds. */
export function integer(minimum = 0, maximum = LARGEST) {
  // Not `z.int()`: after a fraction it keeps zod from running the checks of the tables around it.
  return z.number().check(z.multipleOf(1), z.minimum(minimum), z.maximum(maximum), z.meta({ type: "integer" }));
}
