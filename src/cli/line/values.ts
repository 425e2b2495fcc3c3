import { parseDuration } from "../../manifest/names/durations.js";
import { quote } from "../../manifest/format/findings.js";

/**
 * A value that an option does not take. It stands in the place of the value until the whole line
 * has been read: what a coercion throws yargs reduces to its message, without a code and without
 * the option's name.
 */
export class Refusal {
  constructor(
    readonly message: string,
    readonly code = "USAGE",
  ) {}
}

/** An option without a value. */
export function flag(describe: string) {
  return { type: "boolean", describe } as const;
}

/** An option with one value as `read` understands it. */
export function value<T>(describe: string, read: (text: string) => T | Refusal) {
  const coerce = (given: string | string[]): T => {
    if (Array.isArray(given)) return refused("given more than once");
    return given === "" ? refused("needs a value") : (read(given) as T);
  };
  return { type: "string", requiresArg: true, describe, coerce } as const;
}

/** An option with any text as its value. */
export function text(describe: string) {
  return value(describe, (given) => given);
}

/** An option with one value that may be repeated; each text is kept once, in order. */
export function texts(describe: string) {
  const coerce = (given: string | string[]): string[] => {
    const all = [given].flat();
    return all.includes("") ? refused("needs a value") : [...new Set(all)];
  };
  return { type: "string", requiresArg: true, describe, coerce } as const;
}

/** An option with one value or several; each is kept once. */
export function list(describe: string) {
  const coerce = (given: string[]): string[] => (given.includes("") ? refused("needs a value") : [...new Set(given)]);
  return { type: "string", array: true, requiresArg: true, describe, coerce } as const;
}

/** An option with one of a few values; the last one counts. */
export function choice<const T extends string>(describe: string, choices: readonly T[]) {
  const coerce = (given: T | T[]): T => [given].flat().at(-1) as T;
  return { type: "string", requiresArg: true, describe, choices, coerce } as const;
}

/** Milliseconds. */
export function duration(describe: string) {
  return value(describe, (given) => {
    return parseDuration(given) ?? new Refusal(`${quote(given)} is not a duration`, "INVALID_DURATION");
  });
}

/** A whole number in these bounds. */
export function count(describe: string, most: number, least = 0) {
  return value(describe, (given) => {
    const number = /^\d{1,10}$/u.test(given) ? Number(given) : Number.NaN;
    if (number >= least && number <= most) return number;
    return new Refusal(`${quote(given)} is not a whole number from ${least} to ${most}`);
  });
}

function refused(message: string): never {
  return new Refusal(message) as never;
}
