import { setMaxListeners } from "node:events";
import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import type { Clock } from "../system/clock.js";
import type { Host } from "../system/host.js";
import type { Cancellations } from "./cancellations.js";
import type { RunEvent } from "./events.js";
import type { RunOptions } from "./options.js";
import type { RunScope } from "./scope.js";

/** What the report of a run calls it. */
export type RunCommand = "apply" | "update" | "warm" | "remove" | "install" | "repair" | "rollback";

/** One run of `apply`, with everything it depends on. */
export interface ApplyInput {
  command: RunCommand;
  manifest: Manifest;
  /** The skills of this run, in manifest order. */
  selected: readonly ManifestSkill[];
  /** What it is about beside them: skills that left the manifest. */
  scope: RunScope;
  /** Skills that were just taken out of the manifest. */
  former?: readonly ManifestSkill[];
  /** What is to be told before anything else: warnings about the manifest. */
  notices: readonly RunEvent[];
  options: RunOptions;
  host: Host;
  clock: Clock;
  /** What the caller no longer wants, told while the run goes on. */
  cancellations: Cancellations;
  emit(event: RunEvent): void;
  /** Of a run that changes its manifest first. */
  beforeInstall?: BeforeInstall;
  /** Has something done when the run is over, however it ends. */
  atEnd(act: () => void): void;
}

/** The change of a manifest that belongs to a run. */
export interface BeforeInstall {
  /** True when skills that are unsafe, or that something stands in the way of, are left out; else they keep all others from being installed. */
  isLenient: boolean;
  /**
   * Called right before the first target is touched, with the skills that are to be in the manifest. When it throws, nothing is installed.
   * @returns the manifest as it was written.
   */
  write(ids: readonly string[]): Promise<Manifest>;
}

/** The clock, the signal and the events of one run. */
export interface Run {
  /** What its report and its record in the history call it. */
  command: string;
  /** Its `now` is 0 when the run begins. */
  clock: Clock;
  /** Aborted when the caller gives up. */
  signal: AbortSignal;
  events: RunEvent[];
  emit(event: RunEvent): void;
}

/** Starts the clock of a run and keeps its events for the report. */
export function beginRun({ command, clock, options, emit }: ApplyInput): Run {
  const start = clock.now();
  const events: RunEvent[] = [];
  const signal = AbortSignal.any(options.signal === undefined ? [] : [options.signal]);
  // As many tasks as there are repositories listen to it.
  setMaxListeners(0, signal);
  return {
    command,
    clock: {
      now: () => clock.now() - start,
      date: () => clock.date(),
      sleep: async (ms, stop) => await clock.sleep(ms, stop),
      after: (ms, act) => clock.after(ms, act),
    },
    signal,
    events,
    emit: (event) => {
      events.push(event);
      emit(event);
    },
  };
}
