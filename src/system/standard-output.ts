import { fstatSync, writeSync } from "node:fs";
import { errorCode } from "../errors.js";

/** Whether standard output is a terminal, or at least no file and no pipe, told without loading Node's streams. */
export function isTerminal(): boolean {
  try {
    return fstatSync(1).isCharacterDevice();
  } catch {
    return false;
  }
}

/** Writes a short text to standard output without loading Node's streams. @returns false when nothing could be written, and why is still to be told. */
export function writeAtOnce(text: string): boolean {
  try {
    if (text !== "") writeSync(1, text);
    return true;
  } catch (error) {
    // The reader has gone away: nobody is left to be told.
    return errorCode(error) === "EPIPE";
  }
}
