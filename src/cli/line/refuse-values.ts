import { Refusal } from "./values.js";
import { usageError } from "./usage-error.js";

/** @throws EdenError for the first value that its option refused. */
export function refuseValues(given: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(given)) {
    if (value instanceof Refusal) throw usageError(`--${name}`, value.message, value.code);
  }
}

/** @throws EdenError `USAGE` for `--json=maybe`, which yargs takes for `--json=false`. */
export function refuseFlagValues(argv: readonly string[], given: Readonly<Record<string, unknown>>): void {
  const end = argv.indexOf("--");
  for (const word of end === -1 ? argv : argv.slice(0, end)) {
    const [, name = "", value] = /^--([\w-]+)=(.*)$/su.exec(word) ?? [];
    if (value === undefined || value === "true" || value === "false" || typeof given[name] !== "boolean") continue;
    throw usageError(`--${name}`, `takes no value but true and false: write --${name} or --${name}=false`);
  }
}
