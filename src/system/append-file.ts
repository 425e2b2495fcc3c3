import { appendFileSync } from "node:fs";
import { fileFailure } from "./file-failure.js";

/** Adds a text to the end of a file. @throws EdenError. */
export function appendToFile(path: string, text: string): void {
  try {
    appendFileSync(path, text);
  } catch (error) {
    throw fileFailure(error, path);
  }
}
