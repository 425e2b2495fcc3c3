import { quote, type FieldPath, type Findings } from "./findings.js";
import { wrongType } from "./leaves.js";
import { didYouMean } from "../names/nearest-word.js";
import type { Dictionary, Leaf, List, Read, Shape, Shapes, Table } from "./shape.js";

/** Whether an unknown key is an error. */
export interface Strictness {
  strict: boolean;
}

/**
 * Reads a parsed document by its shape. Every problem goes to `findings`, and reading goes on: what is wrong reads as if it were
 * absent.
 */
export function readShape<S extends Shape>(
  value: unknown,
  shape: S,
  findings: Findings,
  strictness: Strictness,
): Read<S> {
  return readAny(value, shape, [], findings, strictness) as Read<S>;
}

function readAny(value: unknown, shape: Shape, at: FieldPath, findings: Findings, strictness: Strictness): unknown {
  switch (shape.kind) {
    case "leaf":
      return readLeaf(value, shape, at, findings);
    case "table":
      return readTable(value, shape, at, findings, strictness);
    case "list":
      return readList(value, shape, at, findings, strictness);
    case "dictionary":
      return readDictionary(value, shape, at, findings, strictness);
  }
}

function readLeaf(value: unknown, leaf: Leaf<unknown>, at: FieldPath, findings: Findings): unknown {
  if (value === undefined) {
    if (leaf.required) findings.missing(at, `missing: ${withoutPeriod(leaf.about)}`);
    return leaf.fallback?.value;
  }
  const reading = leaf.read(value);
  if ("value" in reading) return reading.value;
  findings.error(reading.code, at, reading.problem);
  return leaf.fallback?.value;
}

function readTable(
  value: unknown,
  shape: Table<Shapes>,
  at: FieldPath,
  findings: Findings,
  strictness: Strictness,
): unknown {
  const table = asTable(value, at, findings);
  for (const key of Object.keys(table)) {
    if (Object.hasOwn(shape.keys, key)) continue;
    const report = strictness.strict ? findings.error : findings.warning;
    report("UNKNOWN_KEY", [...at, key], `unknown key ${quote(key)}${didYouMean(key, Object.keys(shape.keys))}`);
  }
  return Object.fromEntries(
    Object.entries(shape.keys).map(([key, child]) => [
      key,
      readAny(table[key], child, [...at, key], findings, strictness),
    ]),
  );
}

function readList(
  value: unknown,
  shape: List<Shape>,
  at: FieldPath,
  findings: Findings,
  strictness: Strictness,
): unknown {
  if (Array.isArray(value)) {
    if (value.length === 0 && shape.required) findings.missing(at, `empty: ${withoutPeriod(shape.about)}`);
    return value.map((item: unknown, index) => readAny(item, shape.item, [...at, index], findings, strictness));
  }
  if (value !== undefined)
    findings.error(
      "INVALID_TYPE",
      at,
      wrongType(shape.item.kind === "table" ? "an array of tables ([[…]])" : "an array", value).problem,
    );
  else if (shape.required) findings.missing(at, `missing: ${withoutPeriod(shape.about)}`);
  return undefined;
}

function readDictionary(
  value: unknown,
  shape: Dictionary<Shape>,
  at: FieldPath,
  findings: Findings,
  strictness: Strictness,
): unknown {
  const entries = Object.entries(asTable(value, at, findings));
  for (const [key] of entries) {
    if (!shape.name.test(key))
      findings.error("INVALID_TYPE", [...at, key], `${quote(key)} is not a name: expected ${shape.name.source}`);
  }
  return new Map(entries.map(([key, entry]) => [key, readAny(entry, shape.value, [...at, key], findings, strictness)]));
}

/** An absent table reads as an empty one, so that its fields have their defaults. */
function asTable(value: unknown, at: FieldPath, findings: Findings): Record<string, unknown> {
  if (value === undefined) return {};
  if (typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date)) {
    return value as Record<string, unknown>;
  }
  findings.error("INVALID_TYPE", at, wrongType("a table", value).problem);
  return {};
}

function withoutPeriod(sentence: string): string {
  return sentence.replace(/\.$/, "");
}
