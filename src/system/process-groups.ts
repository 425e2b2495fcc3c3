import type { ChildProcess } from "node:child_process";
import { errorCode } from "../errors.js";
import type { Clock } from "./clock.js";

/** Milliseconds between TERM and KILL for a process group. */
export const KILL_AFTER_MS = 5_000;

const running = new Set<number>();

/** Adds a group to those that `killAllGroups` ends. */
export function rememberGroup(group: number): void {
  running.add(group);
}

/** The reverse, once the process has ended. */
export function forgetGroup(group: number): void {
  running.delete(group);
}

/**
 * Ends every child group at once, without waiting: for a second interrupt, after which no process
 * may remain.
 */
export function killAllGroups(): void {
  for (const group of running) signalGroup(group, "SIGKILL");
}

/**
 * Asks a group to end, and kills what is left of it after `KILL_AFTER_MS`.
 * @param child the leader of the group; its pipes are closed at the end.
 */
export async function endGroup(
  group: number,
  clock: Clock,
  child: PromiseLike<unknown> & Pick<ChildProcess, "stdout" | "stderr">,
): Promise<void> {
  signalGroup(group, "SIGTERM");
  const grace = new AbortController();
  void Promise.resolve(child).finally(() => grace.abort());
  try {
    await clock.sleep(KILL_AFTER_MS, grace.signal);
  } catch {
    // The leader ended in time; the rest of its group is ended now.
  }
  signalGroup(group, "SIGKILL");
  // A descendant that left the group may keep the pipes open: it is not waited for.
  child.stdout?.destroy();
  child.stderr?.destroy();
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  if (group <= 1) return;
  try {
    process.kill(-group, signal);
  } catch (error) {
    // EPERM: only a zombie of the group is left, or the group runs as another user.
    if (!["ESRCH", "EPERM"].includes(errorCode(error) ?? "")) throw error;
  }
}
