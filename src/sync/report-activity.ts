import type { TaskActivity } from "../run/events.js";
import type { Sync } from "./sync.js";

/** Reports what the attempt at a repository does from now on. */
export function reportActivity(
  { context: { clock, emit } }: Pick<Sync, "context">,
  { source }: { source: { key: string } },
  activity: TaskActivity,
): void {
  emit({ type: "task-activity", at: clock.now(), task: source.key, activity });
}
