import { EdenError, errorCode, errorMessage } from "../errors.js";
import { unnamedFileFailure } from "../system/file-failure.js";
import type { Clock } from "../system/clock.js";
import type { Control } from "./control.js";
import type { ReactorEvent } from "./events.js";
import type { Limiter } from "./limiter.js";
import { Patience, type Failure, type FailureKind } from "./patience.js";

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

async function runTask<T>(task: Task<T>, index: number, shared: TaskRules): Promise<TaskOutcome<T>> {
  const rules =
    task.signal === undefined ? shared : { ...shared, signal: AbortSignal.any([shared.signal, task.signal]) };
  const { clock, emit } = rules;
  const patience = new Patience(rules);
  let attempts = 0;
  let startedAt: number | null = null;
  const end = (outcome: TaskOutcome<T>) => {
    rules.control?.completed();
    task.ended?.(outcome, startedAt);
    emit({ type: "task-ended", at: clock.now(), task: task.key, status: outcome.status, attempts, startedAt });
    return outcome;
  };
  emit({ type: "task-queued", at: clock.now(), task: task.key });
  for (;;) {
    const queuedAt = clock.now();
    let failure: Failure | null = null;
    let done: { value: T } | null = null;
    try {
      const tried = await withPermits(task, index, rules, async (inFlight) => {
        attempts++;
        const at = clock.now();
        startedAt ??= at;
        emit({ type: "task-started", at, task: task.key, attempt: attempts, waitedMs: at - queuedAt, inFlight });
        return await tryOnce(task, at, rules);
      });
      if (!("error" in tried)) done = { value: tried.value };
      else failure = tried;
    } catch (caught) {
      failure = { error: asEdenError(caught), kind: "permanent", wasAlone: false };
    }
    if (done !== null) return end({ status: "done", value: done.value, attempts });
    if (failure === null || rules.signal.aborted)
      return end({ status: "cancelled", error: cancellation(rules.signal.reason), attempts });
    const again = patience.next(failure, attempts);
    if (again.kind === "ended") return end({ status: "failed", error: again.error, attempts });
    emit({ type: "task-again", at: clock.now(), task: task.key, ...again, error: failure.error });
    try {
      await clock.sleep(again.delayMs, rules.signal);
    } catch {
      return end({ status: "cancelled", error: cancellation(rules.signal.reason), attempts });
    }
  }
}

/** The permit of the host first, then the global one: whoever waits for a busy host holds up nobody else. */
async function withPermits<R>(
  task: Task<unknown>,
  index: number,
  rules: TaskRules,
  work: (inFlight: number) => Promise<R>,
): Promise<R> {
  const place = { priority: task.priority, index };
  const gates = task.host === undefined ? null : rules.control?.gates;
  const gate = await gates?.acquire(task.host ?? "", place, rules.signal);
  try {
    const permit = await rules.limiter.acquire(place, rules.signal);
    try {
      return await work(rules.limiter.inUse);
    } finally {
      permit.release();
    }
  } finally {
    gate?.release();
  }
}

/** One attempt, its permits held. What it throws is told to the control before the permits go back. */
async function tryOnce<T>(task: Task<T>, startedAt: number, rules: TaskRules): Promise<{ value: T } | Failure> {
  const { limiter } = rules;
  const atHost = task.host === undefined ? undefined : rules.control?.gates?.begin(task.host);
  const beganAlone = limiter.inUse === 1;
  const grantsBefore = limiter.granted;
  try {
    const value = await attempt(task, rules);
    atHost?.succeeded();
    return { value };
  } catch (caught) {
    const error = asEdenError(caught);
    const kind = rules.signal.aborted ? "permanent" : rules.kindOf(error);
    const wasAlone = beganAlone && limiter.granted === grantsBefore;
    if (kind === "exhausted") rules.control?.exhausted(startedAt, error.message);
    if (kind === "throttled") atHost?.throttled(error.message);
    return { error, kind, wasAlone };
  } finally {
    atHost?.end();
  }
}

/** Timers that are longer go off at once. */
export const LONGEST_TIMER_MS = 2_147_483_647;

/** One call of the task, cut off by its time. A signal of its own is cheaper than `AbortSignal.any` and two timers' worth of promises. */
async function attempt<T>(task: Task<T>, rules: TaskRules): Promise<T> {
  const { signal, clock, timeoutMs } = rules;
  if (timeoutMs <= 0) return await task.run(signal);
  signal.throwIfAborted();
  const own = new AbortController();
  const pass = () => own.abort(signal.reason);
  signal.addEventListener("abort", pass, { once: true });
  const callOff = clock.after(Math.min(timeoutMs, LONGEST_TIMER_MS), () =>
    own.abort(
      new EdenError("FETCH_TIMEOUT", `not done within ${timeoutMs / 1000} s`, {
        stage: "fetch",
        hint: "Raise [reactor] timeout.",
      }),
    ),
  );
  try {
    return await task.run(own.signal);
  } finally {
    callOff();
    signal.removeEventListener("abort", pass);
  }
}

/** Why a task did not run to its end, as a diagnostic. */
export function cancellation(reason: unknown): EdenError {
  return reason instanceof EdenError ? reason : new EdenError("CANCELLED", "the run was cancelled", {}, reason);
}

/** Anything thrown that nobody foresaw is a bug of ours: it fails its own task and nothing else. Want of descriptors is no bug. */
export function asEdenError(caught: unknown): EdenError {
  if (caught instanceof EdenError) return caught;
  const code = ["EMFILE", "ENFILE", "EAGAIN", "ENOMEM"].includes(errorCode(caught) ?? "")
    ? "DESCRIPTORS_EXHAUSTED"
    : "INTERNAL";
  const failure = code === "INTERNAL" ? unnamedFileFailure(caught) : null;
  return failure ?? new EdenError(code, errorMessage(caught), {}, caught);
}
