import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import type { ManifestSkill } from "../manifest/manifest.js";
import type { PlanItem } from "../plan/plan.js";
import type { Limiter } from "../reactor/limiter.js";
import { asEdenError } from "../reactor/run-tasks.js";
import type { Clock } from "../system/clock.js";
import { listDirectory, removeTree, TEMPORARY_PREFIX } from "../system/files.js";
import { isTokenDead } from "../system/identity.js";
import { acquireLock } from "../system/lock.js";
import type { RunEvent } from "./events.js";
import { installTarget, type InstallResult, type InstallWorld } from "./install-target.js";

/** What Phase B shares with the rest of the run. */
export interface InstallRules {
  limiter: Limiter;
  clock: Clock;
  signal: AbortSignal;
  emit(event: RunEvent): void;
}

/**
 * Phase B: one writer per target directory, in this process and across processes; different directories side by side. Removals go
 * first. Cancelled: the target at hand is finished, the rest is left as it was.
 * @param dirty directories in which a killed process left something, whether or not there is anything else to do.
 * @returns a result for each item, in the order of the items.
 */
export async function installPhase(
  world: InstallWorld,
  items: readonly PlanItem[],
  dirty: readonly string[],
  skills: ReadonlyMap<string, ManifestSkill>,
  rules: InstallRules,
): Promise<InstallResult[]> {
  const results = new Map<PlanItem, InstallResult>();
  const directories = new Map<string, PlanItem[]>(dirty.map((directory) => [directory, []]));
  for (const item of [...items.filter(isRemoval), ...items.filter((other) => !isRemoval(other))]) {
    const key = item.environment.kind === "local" ? dirname(item.targetPath) : JSON.stringify(item.environment);
    directories.set(key, [...(directories.get(key) ?? []), item]);
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
            record(rules, results, item, { item, status: "failed", error: asEdenError(error) }, rules.clock.now());
        }
      }
    }),
  );
  return items.flatMap((item) => results.get(item) ?? []);
}

async function installDirectory(
  world: InstallWorld,
  directory: string,
  items: readonly PlanItem[],
  skills: ReadonlyMap<string, ManifestSkill>,
  rules: InstallRules,
  results: Map<PlanItem, InstallResult>,
): Promise<void> {
  const name = createHash("sha256").update(directory).digest("hex").slice(0, 32);
  const release = await acquireLock(join(world.manifest.storageRoot, "locks", `target-${name}.lock`), {
    clock: rules.clock,
    signal: rules.signal,
    onWait: ({ pid }) => rules.emit({ type: "waiting", at: rules.clock.now(), for: directory, pid }),
  });
  try {
    sweepTemporaries(directory);
    for (const item of items) {
      rules.signal.throwIfAborted();
      const startedMs = rules.clock.now();
      record(rules, results, item, await installTarget(world, item, skills.get(item.skillId) ?? null), startedMs);
    }
  } finally {
    release();
  }
}

/** Removes what processes that were killed left half-made beside the targets. Also called for directories with nothing else to do. */
export function sweepTemporaries(directory: string): void {
  for (const name of leftovers(directory)) removeTree(join(directory, name));
}

/** Names of what a dead process of ours left in a target directory. */
export function leftovers(directory: string): string[] {
  return listDirectory(directory).filter((name) => {
    if (!name.startsWith(TEMPORARY_PREFIX)) return false;
    return isTokenDead(name.slice(TEMPORARY_PREFIX.length).replace(/-[0-9a-f]+$/u, ""));
  });
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
