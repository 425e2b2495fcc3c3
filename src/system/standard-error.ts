import { fstatSync, writeSync } from "node:fs";

/**
 * Writes a text to standard error if that is a terminal, without loading Node's streams.
 * @returns false if nothing was written.
 */
export async function writeToTerminal(text: string): Promise<boolean> {
  try {
    // What asks for terminals takes a while to load.
    if (!fstatSync(2).isCharacterDevice()) return false;
    const { isatty } = await import("node:tty");
    if (!isatty(2)) return false;
    writeSync(2, text);
    return true;
  } catch {
    // The next output reports that it cannot be written.
    return false;
  }
}
