import { styleText } from "node:util";

export const COLOUR_CHOICES = ["auto", "always", "never"] as const;
export type ColourChoice = (typeof COLOUR_CHOICES)[number];

/**
 * Whether one stream gets colours: the flag decides, else NO_COLOR, else FORCE_COLOR, else whether
 * the stream is a terminal that knows them.
 */
export function wantsColour(
  choice: ColourChoice,
  env: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
): boolean {
  if (choice !== "auto") return choice === "always";
  if (env["NO_COLOR"]) return false;
  const force = env["FORCE_COLOR"];
  if (force !== undefined) return force !== "0" && force !== "false";
  return isTerminal && env["TERM"] !== "dumb";
}

/** Ways to say a text; each returns it unchanged where there are no colours. */
export interface Palette {
  bad(text: string): string;
  good(text: string): string;
  odd(text: string): string;
  faint(text: string): string;
  strong(text: string): string;
}

export function palette(coloured: boolean): Palette {
  const style = (format: "red" | "green" | "yellow" | "dim" | "bold") => (text: string) =>
    coloured ? styleText(format, text, { validateStream: false }) : text;
  return {
    bad: style("red"),
    good: style("green"),
    odd: style("yellow"),
    faint: style("dim"),
    strong: style("bold"),
  };
}
