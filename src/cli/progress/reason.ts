import type { EdenError } from "../../errors.js";
import { oneLine } from "../views/one-line.js";

/** The message of an error on one line, without the address of the repository that stands beside it. */
export function reasonOf({ message }: EdenError, name: string): string {
  const text = oneLine(message);
  const [first = ""] = text.split(" ", 1);
  const rest = text.slice(first.length + 1);
  if (!first.includes(name) || rest === "") return text;
  return rest.startsWith("answered") ? `server ${rest}` : rest;
}
