import { EdenError } from "../errors.js";
import type { Task, TaskRules } from "./task.js";

/** Node fires longer timers immediately. */
export const LONGEST_TIMER_MS = 2_147_483_647;

/**
 * One call of the task, aborted at its timeout. A separate signal is cheaper than `AbortSignal.any`
 * with promises for two timers.
 */
export async function attempt<T>(task: Task<T>, rules: TaskRules): Promise<T> {
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
