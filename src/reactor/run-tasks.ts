import { EdenError, errorMessage } from "../errors.js";
import type { Clock } from "../system/clock.js";
import { backOffMs, THROTTLED, TRANSIENT } from "./back-off.js";
import type { ReactorEvent } from "./events.js";
import type { Limiter } from "./limiter.js";

/** One unit of work under the limit. */
export interface Task<T> {
  /** Names it in events; unique in one run. */
  key: string;
  /** Higher goes first; equal ones in the order given. */
  priority: number;
  /** Does one attempt. It must end soon after the signal is aborted, and reject then. */
  run(signal: AbortSignal): Promise<T>;
  /** Told the outcome the moment it is known. */
  ended?(outcome: TaskOutcome<T>, startedAt: number | null): void;
}

export type TaskOutcome<T> = { attempts: number } & (
  | { status: "done"; value: T }
  | { status: "failed"; error: EdenError }
  | { status: "cancelled"; error: EdenError }
);

/** What a failure means for the attempt after it. */
export type FailureKind = "transient" | "throttled" | "permanent";

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
  emit(event: ReactorEvent): void;
  /** A number in [0, 1); for the jitter. */
  random(): number;
}

/** Throttled attempts in a row after which a task gives up. */
export const MOST_THROTTLED = 10;

/**
 * Runs every task, at most as many at once as the limiter allows, and settles when the last one has. One failure never stops another:
 * whatever a task throws becomes its own outcome. Outcomes are in the order of the tasks.
 */
export async function runTasks<T>(tasks: readonly Task<T>[], rules: TaskRules): Promise<TaskOutcome<T>[]> {
  const places = tasks
    .map((task, index) => ({ task, index }))
    .toSorted((a, b) => b.task.priority - a.task.priority || a.index - b.index);
  const outcomes: TaskOutcome<T>[] = [];
  await Promise.all(
    places.map(async ({ task, index }) => {
      outcomes[index] = await runTask(task, index, rules);
    }),
  );
  return outcomes;
}

async function runTask<T>(task: Task<T>, index: number, rules: TaskRules): Promise<TaskOutcome<T>> {
  const { clock, emit, limiter } = rules;
  let attempts = 0;
  let failures = 0;
  let throttled = 0;
  let startedAt: number | null = null;
  const end = (outcome: TaskOutcome<T>) => {
    task.ended?.(outcome, startedAt);
    emit({ type: "task-ended", at: clock.now(), task: task.key, status: outcome.status, attempts, startedAt });
    return outcome;
  };
  emit({ type: "task-queued", at: clock.now(), task: task.key });
  for (;;) {
    const queuedAt = clock.now();
    let error: EdenError;
    try {
      const permit = await limiter.acquire({ priority: task.priority, index }, rules.signal);
      try {
        attempts++;
        const at = clock.now();
        startedAt ??= at;
        emit({
          type: "task-started",
          at,
          task: task.key,
          attempt: attempts,
          waitedMs: at - queuedAt,
          inFlight: limiter.inUse,
        });
        return end({ status: "done", value: await attempt(task, rules), attempts });
      } finally {
        permit.release();
      }
    } catch (caught) {
      if (rules.signal.aborted) return end({ status: "cancelled", error: cancellation(rules.signal.reason), attempts });
      error = asEdenError(caught);
    }
    const kind = rules.kindOf(error);
    if (kind === "throttled") throttled++;
    else [throttled, failures] = [0, failures + 1];
    const again = kind === "throttled" ? throttled < MOST_THROTTLED : kind === "transient" && failures <= rules.retries;
    if (!again) return end({ status: "failed", error, attempts });
    const askedMs = (error.facts.retryAfterSeconds ?? 0) * 1000;
    const delayMs =
      kind === "throttled"
        ? backOffMs(THROTTLED, throttled, rules.random(), askedMs)
        : backOffMs(TRANSIENT, failures, rules.random(), askedMs);
    emit({
      type: "task-again",
      at: clock.now(),
      task: task.key,
      kind: kind === "throttled" ? "requeued" : "retried",
      delayMs,
      error,
    });
    try {
      await clock.sleep(delayMs, rules.signal);
    } catch {
      return end({ status: "cancelled", error: cancellation(rules.signal.reason), attempts });
    }
  }
}

async function attempt<T>(task: Task<T>, rules: TaskRules): Promise<T> {
  if (rules.timeoutMs <= 0) return await task.run(rules.signal);
  const timeout = new AbortController();
  const done = new AbortController();
  const expire = async () => {
    try {
      await rules.clock.sleep(rules.timeoutMs, done.signal);
      timeout.abort(
        new EdenError("FETCH_TIMEOUT", `not done within ${rules.timeoutMs / 1000} s`, {
          stage: "fetch",
          hint: "Raise [reactor] timeout.",
        }),
      );
    } catch {
      // The attempt was over first.
    }
  };
  void expire();
  try {
    return await task.run(AbortSignal.any([rules.signal, timeout.signal]));
  } finally {
    done.abort();
  }
}

/** Why a task did not run to its end, as a diagnostic. */
export function cancellation(reason: unknown): EdenError {
  return reason instanceof EdenError ? reason : new EdenError("CANCELLED", "the run was cancelled", {}, reason);
}

/** Anything thrown that nobody foresaw is a bug of ours: it fails its own task and nothing else. */
export function asEdenError(caught: unknown): EdenError {
  return caught instanceof EdenError ? caught : new EdenError("INTERNAL", errorMessage(caught), {}, caught);
}
