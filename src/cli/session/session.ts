import type { Host } from "../../system/host.js";
import type { Palette } from "../terms/colour.js";
import type { Globals } from "../line/global-options.js";
import type { SignalSource } from "./interrupts.js";
import type { Warnings } from "./warnings.js";
import type { Writer } from "./write.js";

/** What every command gets: where it runs, what was asked of all commands, and where to write. */
export interface Session {
  host: Host;
  globals: Globals;
  /** For the result. */
  out: Writer;
  /** For progress, warnings and errors. */
  err: Writer;
  outColours: Palette;
  errColours: Palette;
  /** Warnings about manifest and lockfile. */
  warnings: Warnings;
  signals: SignalSource;
  /** Ends the program at once; only a second interrupt does that. */
  exitNow(code: number): void;
  /** Runs another command line in the place of this one, and returns its exit code. */
  runLine(argv: readonly string[]): Promise<number>;
}
