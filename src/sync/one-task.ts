import { failureKind } from "../run/failure-kind.js";
import { EdenError } from "../errors.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { Limiter } from "../reactor/limiter.js";
import { runTasks } from "../reactor/run-tasks.js";
import { type Task, type TaskOutcome } from "../reactor/task.js";
import { systemClock } from "../system/clock.js";
import type { RunOptions } from "../run/options.js";

/** Does something that is no part of a run with the retries and time limits of a sync. @throws what the last attempt threw. */
export async function oneTask<T>(
  { reactor }: Pick<Manifest, "reactor">,
  options: RunOptions,
  { key, host, run }: Pick<Task<T>, "key" | "run"> & { host: string },
): Promise<T> {
  let outcome: TaskOutcome<T> | null = null;
  const task = {
    key,
    priority: 0,
    ...(host !== "" && { host }),
    run,
    ended: (ended: TaskOutcome<T>) => void (outcome = ended),
  };
  await runTasks([task], {
    limiter: new Limiter(1),
    clock: options.clock ?? systemClock,
    signal: options.signal ?? new AbortController().signal,
    retries: options.retries ?? reactor.retries,
    timeoutMs: options.timeoutMs ?? reactor.timeoutMs,
    kindOf: failureKind,
    random: options.random ?? Math.random,
    emit: () => {},
  });
  return settled(outcome);
}

function settled<T>(outcome: TaskOutcome<T> | null): T {
  if (outcome === null) throw new EdenError("INTERNAL", "a task gave no result");
  if (outcome.status !== "done") throw outcome.error;
  return outcome.value;
}
