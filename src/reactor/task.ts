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
  /** Higher goes first; equal ones in the given order. */
  priority: number;
  /** The host that it contacts; absent if it contacts none. */
  host?: string;
  /** When aborted, only this task is cancelled. */
  signal?: AbortSignal;
  /** Makes one attempt. It must reject soon after the signal is aborted. */
  run(signal: AbortSignal): Promise<T>;
  /** Called with the outcome as soon as it is known. It must not throw. */
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
  /**
   * When aborted, running tasks are stopped and waiting tasks are not started; each of them is
   * `cancelled`.
   */
  signal: AbortSignal;
  /** How often transient failures are retried. */
  retries: number;
  /** Milliseconds for one attempt, starting with its permit; 0 for no limit. */
  timeoutMs: number;
  kindOf(error: EdenError): FailureKind;
  /** Receives events, so that it can change the limits; without it they stay fixed. */
  control?: Pick<Control, "gates" | "exhausted" | "completed">;
  emit(event: ReactorEvent): void;
  /** A number in [0, 1); for the jitter. */
  random(): number;
}
