import { parseDuration } from "../names/durations.js";
import { quote } from "./findings.js";
import { didYouMean } from "../names/nearest-word.js";
import type { Form, Leaf, Reading } from "./shape.js";
import { parseSize } from "../names/sizes.js";
import { readSubpath, SUBPATH } from "../source/subpath.js";

/** The largest whole number that a manifest may hold where nothing narrower is said. */
const LARGEST = 1_000_000_000;

/** A string; `problem` says what is wrong with one, and `code` is what it is reported as. */
export function text(
  about: string,
  rule?: { code: string; problem: (text: string) => string | null; pattern?: RegExp },
): Leaf<string | undefined> {
  const form: Form = rule?.pattern === undefined ? { type: "string" } : { type: "string", pattern: rule.pattern };
  return leaf(about, form, (value) => {
    if (typeof value !== "string") return wrongType("a string", value);
    const problem = rule?.problem(value) ?? null;
    return problem === null
      ? { value }
      : { code: rule?.code ?? "INVALID_TYPE", problem: `${quote(value)}: ${problem}` };
  });
}

export function flag(about: string): Leaf<boolean | undefined> {
  return leaf(about, { type: "boolean" }, (value) =>
    typeof value === "boolean" ? { value } : wrongType("true or false", value),
  );
}

/** A whole number within bounds, both included. */
export function integer(
  about: string,
  { minimum = 0, maximum = LARGEST, code = "INVALID_TYPE" }: { minimum?: number; maximum?: number; code?: string } = {},
): Leaf<number | undefined> {
  return leaf(about, { type: "integer", minimum, maximum }, (value) => {
    if (typeof value !== "number") return { ...wrongType("a whole number", value), code };
    if (Number.isInteger(value) && value >= minimum && value <= maximum) return { value };
    return { code, problem: `expected a whole number from ${minimum} to ${maximum}, found ${value}` };
  });
}

/** One of a few words. */
export function choice<const V extends string>(
  about: string,
  values: readonly V[],
  code = "INVALID_TYPE",
): Leaf<V | undefined> {
  const wanted = values.map((value) => `"${value}"`).join(", ");
  return leaf(about, { type: "string", values }, (value) => {
    if (typeof value !== "string") return wrongType(`one of ${wanted}`, value);
    const chosen = values.find((candidate) => candidate === value);
    if (chosen !== undefined) return { value: chosen };
    return { code, problem: `${quote(value)} is not one of ${wanted}${didYouMean(value, values)}` };
  });
}

/** Milliseconds, written `30s`. */
export function duration(about: string, { minimumMs = 0 }: { minimumMs?: number } = {}): Leaf<number | undefined> {
  const form: Form = {
    anyOf: [
      { type: "string", pattern: /^(0|\d{1,10}(ms|s|m|h))$/ },
      { type: "integer", minimum: 0, maximum: 0 },
    ],
  };
  return leaf(about, form, (value) => {
    if (typeof value !== "string" && typeof value !== "number") return wrongType("a duration", value);
    const milliseconds = value === 0 ? 0 : typeof value === "string" ? parseDuration(value) : null;
    if (milliseconds === null) {
      const found = typeof value === "string" ? quote(value) : value;
      return {
        code: "INVALID_DURATION",
        problem: `${found} is not a duration: write "250ms", "30s", "10m", "1h" or "0", at most 24 days`,
      };
    }
    return milliseconds >= minimumMs
      ? { value: milliseconds }
      : { code: "INVALID_DURATION", problem: `at least ${minimumMs} ms` };
  });
}

/** Bytes, written `64MiB`; where `plainBytes` is set also a bare whole number. */
export function size(about: string, { plainBytes = false }: { plainBytes?: boolean } = {}): Leaf<number | undefined> {
  const maximum = plainBytes ? Number.MAX_SAFE_INTEGER : 0;
  const form: Form = {
    anyOf: [
      { type: "string", pattern: /^(0|\d{1,16}([KMGT]i?B|B))$/ },
      { type: "integer", minimum: 0, maximum },
    ],
  };
  return leaf(about, form, (value) => {
    if (typeof value !== "string" && typeof value !== "number") return wrongType("a size", value);
    if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= maximum) return { value };
    const bytes = typeof value === "string" ? parseSize(value) : null;
    if (bytes !== null) return { value: bytes };
    const found = typeof value === "string" ? quote(value) : value;
    return { code: "INVALID_SIZE", problem: `${found} is not a size: write "500KB", "64MiB" or "1GB"` };
  });
}

/** A limit on concurrency: 1 to 100, or "auto". */
export function concurrency(about: string): Leaf<number | "auto" | undefined> {
  const form: Form = {
    anyOf: [
      { type: "integer", minimum: 1, maximum: 100 },
      { type: "string", values: ["auto"] },
    ],
  };
  return leaf<number | "auto">(about, form, (value) => {
    if (value === "auto") return { value };
    if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 100) return { value };
    const found = typeof value === "string" ? quote(value) : typeof value === "number" ? value : typeName(value);
    return { code: "INVALID_CONCURRENCY", problem: `expected a whole number from 1 to 100 or "auto", found ${found}` };
  });
}

/** A directory inside a source, in its one spelling. */
export function subpath(about: string): Leaf<string | undefined> {
  return leaf(about, { type: "string", pattern: SUBPATH }, (value) => {
    if (typeof value !== "string") return wrongType("a string", value);
    const reading = readSubpath(value);
    return "problem" in reading ? { code: "INVALID_SUBPATH", problem: reading.problem } : { value: reading.subpath };
  });
}

/** The version of a document's format, of which there is one so far. */
export function formatVersion(about: string): Leaf<number | undefined> {
  return leaf(about, { type: "integer", minimum: 1, maximum: 1 }, (value) => {
    if (value === 1) return { value };
    if (typeof value !== "number") return wrongType("the integer 1", value);
    return { code: "UNSUPPORTED_VERSION", problem: `version ${value} is not supported; this program reads version 1` };
  });
}

/** A leaf of any other kind. */
export function leaf<T>(about: string, form: Form, read: (value: unknown) => Reading<T>): Leaf<T | undefined> {
  return { kind: "leaf", about, form, read, required: false };
}

/** The problem of a value of another type than the field's. */
export function wrongType(expected: string, value: unknown): { code: string; problem: string } {
  return { code: "INVALID_TYPE", problem: `expected ${expected}, found ${typeName(value)}` };
}

function typeName(value: unknown): string {
  if (Array.isArray(value)) return "an array";
  if (value instanceof Date) return "a date";
  if (typeof value === "object") return "a table";
  if (typeof value === "number") return Number.isInteger(value) ? "an integer" : "a number";
  return typeof value === "boolean" ? "a boolean" : "a string";
}
