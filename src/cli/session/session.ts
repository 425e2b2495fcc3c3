import type { Host } from "../../system/host.js";
import type { Palette } from "../terms/colour.js";
import type { Globals } from "../line/global-options.js";
import type { SignalSource } from "./interrupts.js";
import type { Warnings } from "./warnings.js";
import type { Writer } from "./write.js";

/** What every command is given: where it runs, what was asked of all commands, and where to speak. */
export interface Session {
  host: Host;
  globals: Globals;
  /** For the result. */
  out: Writer;
  /** For progress, warnings and errors. */
  err: Writer;
  outColours: Palette;
  errColours: Palette;
  /** What is odd about manifest and lockfile. */
  warnings: Warnings;
  signals: SignalSource;
  /** Ends the program at once; only a second interrupt does that. */
  exitNow(code: number): void;
}
