import { sanitize } from "../../errors.js";

/** Foreign text on one line, safe to print. */
export function oneLine(text: string): string {
  return sanitize(text)
    .replace(/\s*\n\s*/g, " | ")
    .replaceAll("\t", " ");
}
