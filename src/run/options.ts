import type { Problem } from "../errors.js";
import type { Clock } from "../system/clock.js";
import type { Host } from "../system/host.js";

/** How a run is to be done; everything that is left out comes from the environment, the manifest, or its default. */
export interface RunOptions {
  /** Path of the manifest; left out, it is looked for as the command line does. */
  config?: string;
  /** Unknown keys of the manifest are errors. */
  strict?: boolean;
  /** 1 to 100, or "auto". */
  concurrency?: number | "auto";
  /** false: only the exhaustion of descriptors may lower the limit. */
  adaptive?: boolean;
  /** Milliseconds for one attempt at one repository. */
  timeoutMs?: number;
  /** Milliseconds for Phase A; 0 for no deadline. */
  deadlineMs?: number;
  retries?: number;
  maxFailures?: number;
  /** Moves the pins of the skills of the run to what their refs are now. */
  update?: boolean;
  /** Install exactly what the lockfile records, or nothing. */
  frozen?: boolean;
  /** No network: what is not in the store or the mirrors fails with OFFLINE_MISS. */
  offline?: boolean;
  /** git without the system's configuration, ssh commands of the owner's, and most variables: as if `EDEN_SKILLS_ISOLATED=1`. */
  isolated?: boolean;
  /** Install nothing unless every source synced. */
  atomic?: boolean;
  /** A bundle to install from; implies `frozen` and `offline`. */
  fromBundle?: string;
  /** Replace what stands in the way, keeping a backup. */
  force?: boolean;
  /** Takes what is odd about manifest and lockfile where that is in no report; a warning may come twice. */
  warn?: (warning: Problem) => void;
  /** Only these skills. */
  ids?: readonly string[];
  /** Aborted: the run is cancelled, and its report says what was done. */
  signal?: AbortSignal;
  /** For tests and embedders: surroundings, time and chance other than the real ones. */
  host?: Host;
  clock?: Clock;
  random?: () => number;
}
