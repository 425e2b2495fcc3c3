import { dirname, join } from "node:path";
import type { EdenError } from "../errors.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { formatEnvironment } from "../manifest/targets/target-environment.js";
import type { PlanItem } from "../plan/plan.js";
import { backOffMs, EXHAUSTED } from "../reactor/back-off.js";
import { MOST_STARVED } from "../reactor/patience.js";
import { asEdenError, cancellation } from "../reactor/task-failure.js";
import type { RunContext } from "../run/run-context.js";
import { acquireLock } from "../system/lock.js";
import { nameOfPath } from "../system/path-name.js";
import { physicalPath } from "../system/read-files.js";
import { sweepTemporaries } from "../targets/interrupted-swap.js";
import type { Machine } from "../workspace/machine.js";
import { isRemote, type RemoteItem } from "./remote-item.js";
import { installTarget, type InstallResult } from "./install-target.js";
import type { PlannedInstalls } from "./plan-installs.js";
import { reportTarget } from "./report-targets.js";

/** One target directory, with its items. */
interface Directory {
  /** Absolute, without links in it. */
  path: string;
  items: readonly PlanItem[];
}

type Results = Map<PlanItem, InstallResult>;

/**
 * Changes targets with one writer per target directory, in this process and across processes;
 * different directories, containers and hosts in parallel. Removals go first. When cancelled, the current target is
 * finished and the others stay unchanged.
 * @returns the result of each item that needed work.
 */
export async function installPhase(
  context: RunContext,
  plan: Pick<PlannedInstalls, "work" | "dirty">,
  machine: Machine,
): Promise<Results> {
  const results: Results = new Map();
  const local = directoriesOf({ ...plan, work: plan.work.filter((item) => !isRemote(item)) });
  const onEnd = (item: PlanItem, result: InstallResult) => end(context, results, item, result);
  const tasks = [
    ...local.map((directory) => ({
      items: directory.items,
      act: async () => await installDirectory(context, machine, directory, results),
    })),
    ...environmentsOf(plan.work.filter(isRemote)).map((items) => ({
      items,
      act: async () => {
        const { installAtRemote } = await import("./install-at-remote.js");
        await installAtRemote(context, machine, items, onEnd);
      },
    })),
  ];
  await Promise.all(
    tasks.map(async ({ items, act }, index) => {
      try {
        const permit = await context.limiter.acquire({ priority: 0, index }, context.signal);
        try {
          await act();
        } finally {
          permit.release();
        }
      } catch (error) {
        const failure = context.signal.aborted ? cancellation(context.signal.reason) : asEdenError(error);
        for (const item of items) if (!results.has(item)) onEnd(item, { item, status: "failed", error: failure });
      }
    }),
  );
  return results;
}

/** The lock of a target directory. @param directory absolute, without links in it. */
export function targetLock({ storageRoot }: Pick<Manifest, "storageRoot">, directory: string): string {
  return join(storageRoot, "locks", `target-${nameOfPath(directory)}.lock`);
}

function directoriesOf({ work, dirty }: Pick<PlannedInstalls, "work" | "dirty">): Directory[] {
  const directories = new Map<string, PlanItem[]>(dirty.map((path) => [path, []]));
  const isRemoval = ({ action }: PlanItem) => action === "remove";
  for (const item of [...work.filter(isRemoval), ...work.filter((other) => !isRemoval(other))]) {
    const path = dirname(physicalPath(item.targetPath));
    directories.set(path, [...(directories.get(path) ?? []), item]);
  }
  return [...directories].map(([path, items]) => ({ path, items }));
}

/** The items of each container and host. */
function environmentsOf(items: readonly RemoteItem[]): RemoteItem[][] {
  const groups = new Map<string, RemoteItem[]>();
  for (const item of items) {
    const key = formatEnvironment(item.environment);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return [...groups.values()];
}

async function installDirectory(
  context: RunContext,
  machine: Machine,
  { path, items }: Directory,
  results: Results,
): Promise<void> {
  const { release, error } = await retryWhenExhausted(context, async () => await lockSwept(context, machine, path));
  if (error !== null) throw error;
  try {
    for (const item of items) {
      context.signal.throwIfAborted();
      const startedMs = context.clock.now();
      const result = await retryWhenExhausted(context, async () => await installTarget(context, machine, item));
      end(context, results, item, { ...result, startedMs });
    }
  } finally {
    release();
  }
}

type Locked = { release: () => void; error: null } | { release: null; error: EdenError };

/** The lock of a directory, without the remains of interrupted runs in it. */
async function lockSwept(context: RunContext, machine: Machine, path: string): Promise<Locked> {
  let release: (() => void) | null = null;
  try {
    release = await acquireLock(targetLock(machine.manifest, path), context.lock(path));
    sweepTemporaries(path);
    return { release, error: null };
  } catch (error) {
    release?.();
    return { release: null, error: asEdenError(error) };
  }
}

/**
 * Retries what failed because of a missing descriptor, at most `MOST_STARVED` times, each time with
 * a lower limit.
 */
async function retryWhenExhausted<Result extends { error: EdenError | null }>(
  context: RunContext,
  act: () => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    const startedAt = context.clock.now();
    const result = await act();
    if (result.error?.code !== "DESCRIPTORS_EXHAUSTED" || attempt > MOST_STARVED) return result;
    context.control.exhausted(startedAt, result.error.message);
    await context.clock.sleep(backOffMs(EXHAUSTED, attempt, 1), context.signal);
  }
}

function end(
  context: RunContext,
  results: Results,
  planned: PlanItem,
  { startedMs, ...result }: InstallResult & { startedMs?: number },
): void {
  results.set(planned, result);
  const { item, status, error } = result;
  const isCancelled = error !== null && context.signal.aborted;
  const { reasons } = item;
  reportTarget(context, item, { status: isCancelled ? "cancelled" : status, reasons, error, startedMs });
}
