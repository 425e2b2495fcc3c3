import { fstatSync, writeSync } from "node:fs";
import { errorCode } from "../errors.js";

/**
 * Whether standard output is a terminal, or at least neither a file nor a pipe; does not load
 * Node's streams.
 */
export function isTerminal(): boolean {
  try {
    return fstatSync(1).isCharacterDevice();
  } catch {
    return false;
  }
}

/**
 * Writes a short text to standard output without loading Node's streams.
 * @returns false if nothing was written and the error was not reported yet.
 */
export function writeAtOnce(text: string): boolean {
  try {
    if (text !== "") writeSync(1, text);
    return true;
  } catch (error) {
    // The reader has closed the pipe: there is no one to report to.
    return errorCode(error) === "EPIPE";
  }
}
