import type { EdenError } from "../errors.js";
import type { Clock } from "../system/clock.js";
import type { Control } from "./control.js";
import type { ReactorEvent } from "./events.js";
import type { Limiter } from "./limiter.js";
import type { FailureKind } from "./patience.js";

/** One unit of work under the limit. */
export interface Task<T> {
  /** Names it in events; unique in one run. */
  key: string;
  /** Higher goes first; equal ones in the order given. */
  priority: number;
  /** The host it talks to; absent when it talks to none. */
  host?: string;
  /** Aborted: this task alone is cancelled. */
  signal?: AbortSignal;
  /** Does one attempt. It must end soon after the signal is aborted, and reject then. */
  run(signal: AbortSignal): Promise<T>;
  /** Told the outcome the moment it is known. It must not throw. */
  ended?(outcome: TaskOutcome<T>, startedAt: number | null): void;
}

export type TaskOutcome<T> = { attempts: number } & (
  | { status: "done"; value: T }
  | { status: "failed"; error: EdenError }
  | { status: "cancelled"; error: EdenError }
);

export interface TaskRules {
  limiter: Limiter;
  clock: Clock;
  /** Aborted: what runs is stopped, what waits is not begun; each such task is `cancelled`. */
  signal: AbortSignal;
  /** How often transient failures are tried again. */
  retries: number;
  /** Milliseconds for one attempt, from its permit on; 0 for no limit. */
  timeoutMs: number;
  kindOf(error: EdenError): FailureKind;
  /** Told what happens, so that it may move the limits; without it they stay. */
  control?: Pick<Control, "gates" | "exhausted" | "completed">;
  emit(event: ReactorEvent): void;
  /** A number in [0, 1); for the jitter. */
  random(): number;
}
