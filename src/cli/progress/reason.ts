import type { EdenError } from "../../errors.js";
import { oneLine } from "../views/one-line.js";

/**
 * The message of an error on one line, beside the name of its repository: an address of it at the
 * beginning is left out.
 */
export function reasonOf({ message }: EdenError, name: string): { text: string; hasAddress: boolean } {
  const text = oneLine(message);
  const [first = ""] = text.split(" ", 1);
  const rest = text.slice(first.length + 1);
  const hasAddress = first.includes(name) && rest !== "";
  return { text: hasAddress ? rest : text, hasAddress };
}
