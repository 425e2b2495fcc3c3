import { attempt } from "./attempt.js";
import { Patience, type Failure } from "./patience.js";
import type { Task, TaskOutcome, TaskRules } from "./task.js";
import { asEdenError, cancellation } from "./task-failure.js";

/**
 * Runs every task, at most as many at once as the limiter allows, and resolves when the last one
 * has ended. A failure never stops another task: whatever a task throws becomes its own outcome.
 * Outcomes are in the order of the tasks.
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
    const error = outcome.status === "done" ? null : outcome.error;
    emit({ type: "task-ended", at: clock.now(), task: task.key, status: outcome.status, attempts, startedAt, error });
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

/**
 * The permit of the host first, then the global one: a task that waits for a busy host does not
 * block others.
 */
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

/**
 * One attempt, while its permits are held. Its error is reported to the control before the permits
 * are released.
 */
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
