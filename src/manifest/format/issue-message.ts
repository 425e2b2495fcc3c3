import * as z from "zod/mini";
import { didYouMean } from "../names/nearest-word.js";
import { quote } from "./findings.js";

/**
 * The message of an issue whose schema has none. Unknown keys have one line each, in the order of
 * `keys`.
 */
export function issueMessage(issue: z.core.$ZodRawIssue): string {
  const { input } = issue;
  if (input === undefined) return `missing${about(issue)}`;
  switch (issue.code) {
    case "invalid_type":
      return `expected ${NAMES[issue.expected] ?? issue.expected}, found ${typeName(input)}`;
    case "invalid_value":
      return typeof input === "string"
        ? `${quote(input)} is not one of ${wordsOf(issue.values)}${didYouMean(input, issue.values.map(String))}`
        : `expected one of ${wordsOf(issue.values)}, found ${typeName(input)}`;
    case "too_small":
      return issue.origin === "array" ? `empty${about(issue)}` : `expected at least ${issue.minimum}, found ${input}`;
    case "too_big":
      return `expected at most ${issue.maximum}, found ${input}`;
    case "not_multiple_of":
      return `expected a whole number, found ${input}`;
    case "invalid_format":
      return `${quote(String(input))} is not of the form that is written here`;
    case "invalid_key":
      return `${quote(String(input))} is not a name`;
    case "unrecognized_keys": {
      const known = Object.keys((issue.inst as z.ZodMiniObject | undefined)?.shape ?? {});
      return issue.keys.map((key) => `unknown key ${quote(key)}${didYouMean(key, known)}`).join("\n");
    }
    default:
      return "not what is written here";
  }
}

const NAMES: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  boolean: "true or false",
  array: "an array",
  object: "a table",
  record: "a table",
};

/** TOML has no null: here it represents a date. */
function typeName(value: unknown): string {
  if (Array.isArray(value)) return "an array";
  if (value === null) return "a date";
  if (typeof value === "object") return "a table";
  if (typeof value === "number") return Number.isInteger(value) ? "an integer" : "a number";
  return typeof value === "boolean" ? "a boolean" : "a string";
}

function wordsOf(values: readonly unknown[]): string {
  return values.map((value) => JSON.stringify(value)).join(", ");
}

/** The description of the schema that raised the issue, as the end of a message. */
function about({ inst }: z.core.$ZodRawIssue): string {
  const description = inst === undefined ? undefined : z.globalRegistry.get(inst as z.core.$ZodType)?.description;
  if (description === undefined) return "";
  return `: ${description.charAt(0).toLowerCase()}${description.slice(1).replace(/\.$/u, "")}`;
}
