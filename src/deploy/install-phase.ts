import { dirname, join } from "node:path";
import type { EdenError } from "../errors.js";
import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import type { PlanItem } from "../plan/plan.js";
import { backOffMs, EXHAUSTED } from "../reactor/back-off.js";
import type { Control } from "../reactor/control.js";
import type { Limiter } from "../reactor/limiter.js";
import { MOST_STARVED } from "../reactor/patience.js";
import { asEdenError, cancellation } from "../reactor/task-failure.js";
import type { Clock } from "../system/clock.js";
import { physicalPath } from "../system/read-files.js";
import { sweepTemporaries } from "../targets/interrupted-swap.js";
import { acquireLock } from "../system/lock.js";
import type { RunEvent } from "../run/events.js";
import { installTarget, type InstallResult, type InstallWorld } from "./install-target.js";
import { nameOfPath } from "../system/path-name.js";

/** The limit of Phase B, the same as of Phase A, and what moves it. */
export interface InstallLimits {
  limiter: Limiter;
  /** Asked for only when descriptors run out. */
  control: () => Pick<Control, "exhausted">;
}

/** What Phase B shares with the rest of the run. */
export interface InstallRules extends InstallLimits {
  clock: Clock;
  signal: AbortSignal;
  emit(event: RunEvent): void;
}

/**
 * Phase B: one writer per target directory, in this process and across processes; different directories side by side. Removals go
 * first. Cancelled: the target at hand is finished, the rest is left as it was.
 * @param dirty directories in which a killed process left something, whether or not there is anything else to do.
 * @returns the result of each item.
 */
export async function installPhase(
  world: InstallWorld,
  items: readonly PlanItem[],
  dirty: readonly string[],
  skills: ReadonlyMap<string, ManifestSkill>,
  rules: InstallRules,
): Promise<Map<PlanItem, InstallResult>> {
  const results = new Map<PlanItem, InstallResult>();
  const directories = new Map<string, PlanItem[]>(dirty.map((directory) => [directory, []]));
  for (const item of [...items.filter(isRemoval), ...items.filter((other) => !isRemoval(other))]) {
    const directory = dirname(physicalPath(item.targetPath));
    directories.set(directory, [...(directories.get(directory) ?? []), item]);
  }
  await Promise.all(
    [...directories].map(async ([directory, here], index) => {
      try {
        const permit = await rules.limiter.acquire({ priority: 0, index }, rules.signal);
        try {
          await installDirectory(world, directory, here, skills, rules, results);
        } finally {
          permit.release();
        }
      } catch (error) {
        for (const item of here) {
          if (!results.has(item))
            record(rules, results, item, { item, status: "failed", error: failureOf(rules, error) }, rules.clock.now());
        }
      }
    }),
  );
  return results;
}

/** The lock of a target directory. @param directory absolute, without links in it. */
export function targetLock({ storageRoot }: Pick<Manifest, "storageRoot">, directory: string): string {
  return join(storageRoot, "locks", `target-${nameOfPath(directory)}.lock`);
}

async function installDirectory(
  world: InstallWorld,
  directory: string,
  items: readonly PlanItem[],
  skills: ReadonlyMap<string, ManifestSkill>,
  rules: InstallRules,
  results: Map<PlanItem, InstallResult>,
): Promise<void> {
  const release = await acquireLock(targetLock(world.manifest, directory), {
    clock: rules.clock,
    signal: rules.signal,
    onWait: ({ pid }) => rules.emit({ type: "waiting", at: rules.clock.now(), for: directory, pid }),
  });
  try {
    sweepTemporaries(directory);
    for (const item of items) {
      rules.signal.throwIfAborted();
      const startedMs = rules.clock.now();
      record(
        rules,
        results,
        item,
        await untilDescriptors(rules, () => installTarget(world, item, skills.get(item.skillId) ?? null)),
        startedMs,
      );
    }
  } finally {
    release();
  }
}

function failureOf({ signal }: InstallRules, error: unknown): EdenError {
  return signal.aborted ? cancellation(signal.reason) : asEdenError(error);
}

/** An install that failed for want of a descriptor is done again, a few times, with a lower limit. */
async function untilDescriptors(rules: InstallRules, install: () => Promise<InstallResult>): Promise<InstallResult> {
  for (let attempt = 1; ; attempt++) {
    const startedAt = rules.clock.now();
    const result = await install();
    if (result.error?.code !== "DESCRIPTORS_EXHAUSTED" || attempt > MOST_STARVED) return result;
    rules.control().exhausted(startedAt, result.error.message);
    await rules.clock.sleep(backOffMs(EXHAUSTED, attempt, 1), rules.signal);
  }
}

function record(
  rules: InstallRules,
  results: Map<PlanItem, InstallResult>,
  planned: PlanItem,
  result: InstallResult,
  startedMs: number,
): void {
  results.set(planned, result);
  const { item, status, error } = result;
  const { skillId: skill, agents, targetPath: path, action, reasons } = item;
  const cancelled = error !== null && rules.signal.aborted;
  rules.emit({
    type: "target-ended",
    at: rules.clock.now(),
    skill,
    agents,
    path,
    action,
    status: cancelled ? "cancelled" : status,
    reasons,
    startedMs,
    error,
  });
}

function isRemoval(item: PlanItem): boolean {
  return item.action === "remove";
}
