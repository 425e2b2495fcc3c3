import type { Clock } from "../system/clock.js";
import type { Host } from "../system/host.js";
import type { OwnerSettings } from "./owner-settings.js";

/** The context of all git calls of one run. */
export interface Git {
  /** Absolute path of the program. */
  program: string;
  host: Host;
  /** The owner's git configuration. */
  owner: OwnerSettings;
  clock: Clock;
  /** An empty directory of ours: git is never started in a directory with foreign files. */
  cwd: string;
  /** Called once for each started git process. */
  onProcess: () => void;
  /** A new path for a file that exists as long as one git process. */
  scratchFile: () => string;
}
