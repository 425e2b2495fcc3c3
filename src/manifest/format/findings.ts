import { sanitize } from "../../errors.js";

/** A location in the document: keys and positions from the root. */
export type FieldPath = readonly (string | number)[];

/** The line of a field, from 1, or null if it is unknown. */
export type LineOf = (at: FieldPath) => number | null;

/** A problem whose position in the text is not resolved yet; its message may name lines. */
export interface Finding {
  code: string;
  severity: "error" | "warning";
  at: FieldPath;
  message: string | ((lineOf: LineOf) => string);
}

/** The problems found so far. */
export interface Findings {
  readonly all: readonly Finding[];
  error(code: string, at: FieldPath, message: Finding["message"]): void;
  warning(code: string, at: FieldPath, message: string): void;
  /** True if a field has a problem of its own. */
  has(at: FieldPath): boolean;
  /** Adds MISSING_FIELD, unless the field or a table around it already has a problem. */
  missing(at: FieldPath, message: string): void;
}

/** An empty collection of findings. */
export function createFindings(): Findings {
  const all: Finding[] = [];
  const places = new Set<string>();
  const seen = new Set<string>();
  const add = (finding: Finding): void => {
    // Default targets are read for each skill that has them.
    const key = JSON.stringify([finding.code, finding.at, finding.message]);
    if (seen.has(key)) return;
    seen.add(key);
    all.push(finding);
    places.add(JSON.stringify(finding.at));
  };
  const blamed = (at: FieldPath): boolean => at.some((_, index) => places.has(JSON.stringify(at.slice(0, index + 1))));
  return {
    all,
    has: (at) => places.has(JSON.stringify(at)),
    error: (code, at, message) => add({ code, severity: "error", at, message }),
    warning: (code, at, message) => add({ code, severity: "warning", at, message }),
    missing: (at, message) => {
      if (!blamed(at)) add({ code: "MISSING_FIELD", severity: "error", at, message });
    },
  };
}

/** Formats `skills[2].source.repo`; keys that TOML would quote are quoted, and safe to print. */
export function formatFieldPath(at: FieldPath): string {
  return at
    .map((step, index) => {
      if (typeof step === "number") return `[${step}]`;
      const key = /^[A-Za-z0-9_-]+$/.test(step) ? step : quote(step);
      return index === 0 ? key : `.${key}`;
    })
    .join("");
}

/** Quotes a text of the user: one line, at most 80 characters, credentials masked. */
export function quote(text: string): string {
  const short = text.length > 80 ? `${text.slice(0, 79)}…` : text;
  return sanitize(JSON.stringify(short));
}
