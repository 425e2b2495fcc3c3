import { parse, TomlError } from "smol-toml";
import { errorMessage } from "../../errors.js";

/** Maximum nesting of arrays and inline tables; our documents have less. */
const DEEPEST = 32;

/**
 * A document (tables without a prototype) and its text without a byte order mark, or its problem.
 */
export type ParsedToml = { document: Record<string, unknown>; text: string } | { problem: TomlProblem };

export interface TomlProblem {
  code: "INVALID_TOML" | "UNRESOLVED_CONFLICT";
  message: string;
  line: number | null;
  column: number | null;
}

/**
 * Reads a TOML text; never throws. Also refused: more than `maximumBytes`, bytes that are not
 * UTF-8, deep nesting, and the keys `__proto__` and `constructor`. The message never quotes the
 * text. Dates become null: no document of ours has one, and zod would accept a Date as a table.
 */
export function parseToml(input: string | Uint8Array, maximumBytes: number): ParsedToml {
  const size = typeof input === "string" ? Buffer.byteLength(input) : input.byteLength;
  if (size > maximumBytes) return problem(`the file has ${size} bytes; at most ${maximumBytes} are read`);
  const text = decode(input);
  if (text === null) return problem("the file is not valid UTF-8");
  // The library takes it for white space, the parser with positions does not.
  if (text.startsWith("\ufeff")) return problem("the file begins with two byte order marks", 1, 1);
  try {
    const document: Record<string, unknown> = parse(text, { maxDepth: DEEPEST, unsafeKeyBehaviour: "throw" });
    replaceDates(document);
    return { document, text };
  } catch (error) {
    const conflict = lineOfConflict(text);
    if (conflict !== null) return { problem: { code: "UNRESOLVED_CONFLICT", ...CONFLICT, line: conflict } };
    if (!(error instanceof TomlError)) return problem(errorMessage(error));
    // The library appends the invalid lines, which may contain anything.
    const [summary = ""] = error.message.split("\n", 1);
    return problem(summary.replace(/^Invalid TOML document: /, ""), error.line, error.column);
  }
}

const CONFLICT = { message: "git left the conflict of a merge here", column: 1 };

/**
 * The line, from 1, of the first marker that git writes into a file with a conflict; null for none.
 */
function lineOfConflict(text: string): number | null {
  const line = text.split(/\r?\n/u).findIndex((one) => /^<{7}(?: |$)/u.test(one));
  return line === -1 ? null : line + 1;
}

/** Dotted keys can nest too deeply for recursion. */
function replaceDates(document: Record<string, unknown>): void {
  const open: Record<string, unknown>[] = [document];
  for (let table = open.pop(); table !== undefined; table = open.pop()) {
    for (const [key, value] of Object.entries(table)) {
      if (value instanceof Date) table[key] = null;
      else if (typeof value === "object" && value !== null) open.push(value as Record<string, unknown>);
    }
  }
}

function decode(input: string | Uint8Array): string | null {
  // In a string, a replacement character is the result of a lenient decoder for invalid UTF-8.
  if (typeof input === "string") return /[\p{Cs}\ufffd]/u.test(input) ? null : input.replace(/^\uFEFF/, "");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(input);
  } catch {
    return null;
  }
}

function problem(message: string, line: number | null = null, column: number | null = null): ParsedToml {
  return { problem: { code: "INVALID_TOML", message, line, column } };
}
