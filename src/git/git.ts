import type { Clock } from "../system/clock.js";
import type { Host } from "../system/host.js";
import type { OwnerSettings } from "./owner-settings.js";

/** What every git call of one run shares. */
export interface Git {
  /** Absolute path of the program. */
  program: string;
  host: Host;
  /** What the owner of the machine has configured. */
  owner: OwnerSettings;
  clock: Clock;
  /** An empty directory of ours: git is never started where somebody else's files lie. */
  cwd: string;
  /** Told once for each git process started. */
  onProcess: () => void;
  /** A path that does not exist yet, for a file that lives as long as one git process. */
  scratchFile: () => string;
}
