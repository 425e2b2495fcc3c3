import type { Signers } from "../system/verify-signature.js";
import type { Problem } from "../errors.js";
import type { Manifest } from "../manifest/document/manifest.js";
import type { StartOptions } from "./options.js";

/** The settings of a run: its options, else the manifest's settings, else defaults. */
export interface RunSettings {
  /** The requested ids and groups; all skills if both are empty. */
  ids: readonly string[];
  groups: readonly string[];
  /** The pins of the run's skills are moved to the current commits of their refs. */
  update: boolean;
  frozen: boolean;
  offline: boolean;
  atomic: boolean;
  force: boolean;
  /** Warnings about the manifest are errors. */
  strict: boolean;
  /** False: only exhausted descriptors may lower the limit. */
  adaptive: boolean;
  /** Absolute path of a bundle to install from, or null. */
  fromBundle: string | null;
  /** Who must have signed the bundle, or null. */
  bundleSigners: Signers | null;
  retries: number;
  /** Milliseconds for one attempt. */
  timeoutMs: number;
  /** Milliseconds without progress after which a transfer is ended. */
  stallMs: number;
  /** Milliseconds for Phase A, or null. */
  deadlineMs: number | null;
  /** Failed repositories after which the rest is cancelled, or null. */
  maxFailures: number | null;
  /** Bytes, or null. */
  maxDownloadBytes: number | null;
  /** Receives warnings about manifest and lockfile. */
  warn(warning: Problem): void;
  /** A number in [0, 1). */
  random(): number;
}

/** The settings of a run. A run from a bundle is offline and frozen. */
export function settingsOf(options: StartOptions, { reactor }: Pick<Manifest, "reactor">): RunSettings {
  const isBundled = options.fromBundle !== undefined;
  return {
    ids: options.ids ?? [],
    groups: options.groups ?? [],
    update: options.update ?? false,
    frozen: isBundled || (options.frozen ?? false),
    offline: isBundled || (options.offline ?? false),
    atomic: options.atomic ?? false,
    force: options.force ?? false,
    strict: options.strict ?? false,
    adaptive: options.adaptive ?? reactor.adaptive,
    fromBundle: options.fromBundle ?? null,
    bundleSigners: options.bundleSigners ?? null,
    retries: options.retries ?? reactor.retries,
    timeoutMs: options.timeoutMs ?? reactor.timeoutMs,
    stallMs: reactor.stallTimeoutMs,
    deadlineMs: (options.deadlineMs ?? reactor.deadlineMs) || null,
    maxFailures: options.maxFailures ?? reactor.maxFailures,
    maxDownloadBytes: reactor.maxDownloadBytes,
    warn: (warning) => options.warn?.(warning),
    random: options.random ?? Math.random,
  };
}
