import type { Palette } from "../terms/colour.js";
import { hintFor } from "../terms/explain.js";
import { someOf } from "../terms/some-of.js";
import { oneLine } from "./one-line.js";

/** One cause of a failure, and all that it concerns. */
export interface Block {
  sign: "x" | "!";
  /** What it concerns, as skills; empty for the run itself. */
  names: readonly string[];
  /** What happened to them: `failed`. */
  verb: string;
  code: string;
  /** The cause in its own words, then what else is known of it. */
  why: readonly string[];
  /** The next step; null for the usual one of the code. */
  hint: string | null;
}

/**
 * A block as lines:
 *
 *     x billing, invoices failed  FETCH_NETWORK
 *       connection refused by 127.0.0.1 port 9
 *       hint: Check the network, a proxy, and the address.
 */
export function blockLines({ sign, names, verb, code, why, hint }: Block, colours: Palette): string[] {
  const tone = sign === "x" ? colours.bad : colours.odd;
  const advice = hint ?? hintFor(code);
  const what = [sign, ...(names.length === 0 ? [] : [oneLine(someOf(names))]), verb].join(" ");
  return [
    `${tone(what)}  ${tone(code)}`,
    ...why.filter((line) => line !== "").map((line) => `  ${oneLine(line)}`),
    ...(advice === null ? [] : [`  hint: ${oneLine(advice)}`]),
  ];
}
