import type { Signers } from "../system/verify-signature.js";
import type { Problem } from "../errors.js";
import type { Clock } from "../system/clock.js";
import type { Host } from "../system/host.js";
import type { RunEvent } from "./events.js";

/** The options of a run; omitted ones come from the environment, the manifest, or their default. */
export interface RunOptions {
  /** Path of the manifest; if omitted, it is searched for as on the command line. */
  manifest?: string;
  /** Unknown keys of the manifest are errors. */
  strict?: boolean;
  /** 1 to 100, or "auto". */
  concurrency?: number | "auto";
  /** false: only exhausted descriptors may lower the limit. */
  adaptive?: boolean;
  /** Milliseconds for one attempt at one repository. */
  timeoutMs?: number;
  /** Milliseconds for Phase A; 0 for no deadline. */
  deadlineMs?: number;
  retries?: number;
  maxFailures?: number;
  /** Install exactly what the lockfile records, or nothing. */
  frozen?: boolean;
  /**
   * No network: content that is neither in the store nor in the mirrors fails with OFFLINE_MISS.
   */
  offline?: boolean;
  /**
   * git without the system's configuration, the owner's ssh commands, and most variables: as with
   * `EDEN_SKILLS_ISOLATED=1`.
   */
  isolated?: boolean;
  /** Install nothing unless every source was synced. */
  atomic?: boolean;
  /** A bundle to install from; implies `frozen` and `offline`. */
  fromBundle?: string;
  /** The bundle must be signed by one of these. */
  bundleSigners?: Signers;
  /**
   * Place all targets below this directory, as if it were `/`: the root of an image. Absolute, or
   * relative to the working directory.
   */
  root?: string;
  /**
   * With `root`, whose home directory `~` is: a name in its `etc/passwd`, or the path of a home
   * directory in it. Default: root.
   */
  rootUser?: string;
  /** Replace existing entries, keeping a backup. */
  force?: boolean;
  /**
   * Receives warnings about manifest and lockfile that are in no report; a warning may come twice.
   */
  warn?: (warning: Problem) => void;
  /** Receives each event of the command as it happens. It must not throw. */
  onEvent?: (event: RunEvent) => void;
  /** Only these skills, and those of `groups`. */
  ids?: readonly string[];
  /** Only the skills of these groups, and those of `ids`. */
  groups?: readonly string[];
  /** When aborted, the run is cancelled, and its report contains what was done. */
  signal?: AbortSignal;
  /** For tests and embedders: replace environment, time and randomness. */
  host?: Host;
  clock?: Clock;
  random?: () => number;
}

/** The options of a run, and what its command adds to them. */
export interface StartOptions extends RunOptions {
  /** Moves the pins of the run's skills to the current commits of their refs. */
  update?: boolean;
}
