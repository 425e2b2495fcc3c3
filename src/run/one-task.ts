import { EdenError } from "../errors.js";
import { runTasks } from "../reactor/run-tasks.js";
import type { Task, TaskOutcome } from "../reactor/task.js";
import type { RunContext } from "./run-context.js";

/**
 * Does something outside of Phase A with the retries and time limits of a sync.
 * @throws what the last attempt threw.
 */
export async function oneTask<T>(
  context: RunContext,
  { name, host, ...own }: Pick<Task<T>, "key" | "run" | "signal"> & { host: string; name: string },
): Promise<T> {
  let outcome: TaskOutcome<T> | null = null;
  const task = {
    ...own,
    priority: 0,
    ...(host !== "" && { host }),
    ended: (ended: TaskOutcome<T>) => void (outcome = ended),
  };
  const { show, clock } = context;
  show({ type: "repository", at: clock.now(), task: own.key, name, host, isRemote: true, skills: [] });
  await runTasks([task], { ...context.taskRules, emit: show });
  return settled(outcome);
}

function settled<T>(outcome: TaskOutcome<T> | null): T {
  if (outcome === null) throw new EdenError("INTERNAL", "a task gave no result");
  if (outcome.status !== "done") throw outcome.error;
  return outcome.value;
}
