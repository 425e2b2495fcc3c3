import { EdenError } from "../../errors.js";
import { parseDuration } from "../../manifest/names/durations.js";
import { quote } from "../../manifest/format/findings.js";

/** What was typed, option by option, before anybody says what it means. */
export class Arguments {
  constructor(
    /** The values of each option in the order given; a boolean for a flag. */
    private readonly values: ReadonlyMap<string, readonly (string | boolean)[]>,
    /** The words after the command's name. */
    readonly words: readonly string[] = [],
  ) {}

  flag(name: string): boolean {
    return this.values.get(name)?.at(-1) === true;
  }

  /** The value, or undefined when the option was not given. @throws EdenError `USAGE` when it was given twice, or is empty. */
  text(name: string): string | undefined {
    const values = this.values.get(name) ?? [];
    if (values.length > 1) throw usageError(`--${name}`, "given more than once");
    if (values[0] === "") throw usageError(`--${name}`, "needs a value");
    return values[0] === undefined ? undefined : String(values[0]);
  }

  /** All values, each once. @throws EdenError `USAGE` for an empty one. */
  list(name: string): string[] {
    const values = (this.values.get(name) ?? []).map(String);
    if (values.includes("")) throw usageError(`--${name}`, "needs a value");
    return [...new Set(values)];
  }

  /** True for `--NAME`, false for `--NAME=false`, undefined when it was not given. */
  choice(name: string): boolean | undefined {
    const value = this.values.get(name)?.at(-1);
    return value === undefined ? undefined : value === true;
  }

  /** Milliseconds. @throws EdenError `INVALID_DURATION`. */
  duration(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const milliseconds = parseDuration(text);
    if (milliseconds !== null) return milliseconds;
    throw usageError(`--${name}`, `${quote(text)} is not a duration`, "INVALID_DURATION");
  }

  /** A whole number. @throws EdenError `USAGE` outside 0 to `most`. */
  count(name: string, most: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (/^\d{1,10}$/.test(text) && Number(text) <= most) return Number(text);
    throw usageError(`--${name}`, `${quote(text)} is not a whole number from 0 to ${most}`);
  }

  /** @throws EdenError `INVALID_CONCURRENCY`. */
  concurrency(name: string): number | "auto" | undefined {
    const text = this.text(name);
    if (text === undefined || text === "auto") return text;
    if (/^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= 100) return Number(text);
    throw usageError(`--${name}`, `${quote(text)} is not a concurrency`, "INVALID_CONCURRENCY");
  }
}

/** What is wrong with the command line; `where` is the option or word, or "". */
export function usageError(where: string, message: string, code = "USAGE"): EdenError {
  return new EdenError(code, where === "" ? message : `${where}: ${message}`, {
    problems: [{ code, severity: "error", path: where, message, line: null, column: null }],
  });
}
