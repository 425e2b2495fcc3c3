import { EdenError, errorMessage } from "../../errors.js";
import type { RunEvent } from "../../run/events.js";
import { ms } from "../../run/events-of-type.js";
import { hintFor } from "../terms/explain.js";

/** An event as an object for JSON: `event`, `at_ms`, and its fields in snake_case. */
export function eventObject({ type, at, ...fields }: RunEvent): Record<string, unknown> {
  return { event: snake(type), at_ms: ms(at), ...fieldsOf(fields) };
}

/** An error as an object for JSON. */
export function errorObject(error: unknown): { code: string; message: string; hint: string | null } {
  const code = error instanceof EdenError ? error.code : "INTERNAL";
  const hint = error instanceof EdenError ? error.facts.hint : undefined;
  return { code, message: errorMessage(error), hint: hint ?? hintFor(code) };
}

/** `run-started` and `bytesReceived` in snake_case. */
export function snake(name: string): string {
  return name.replace(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`).replaceAll("-", "_");
}

function fieldsOf(fields: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [nameOf(name, value), valueOf(name, value)]));
}

/** Times of the run are numbers in fields that end in `_ms`; `startedAt` may be a date. */
function nameOf(name: string, value: unknown): string {
  return name === "startedAt" && !(value instanceof Date) ? "started_ms" : snake(name);
}

function valueOf(name: string, value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Error) return errorObject(value);
  if (typeof value === "number" && /(?:Ms|At)$/u.test(name)) return ms(value);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? fieldsOf(value) : value;
}
