import type { Manifest } from "../manifest/document/manifest.js";
import { Control } from "../reactor/control.js";
import type { Limiter } from "../reactor/limiter.js";
import type { Resource, ResourceName } from "../reactor/governors/room.js";
import type { Clock } from "../system/clock.js";
import { cpuMeter, memoryPercent } from "../system/machine.js";
import { descriptorLimit, descriptorsInUse, processesInUse, processLimit } from "../system/resource-limits.js";
import { ceilingOf } from "./concurrency.js";
import type { ConcurrencyChoice, RunEvent } from "./events.js";
import { notice } from "./notice.js";

/** The name of the system's limit. */
const OPTION: Record<ResourceName, string> = { "open files": "-n", processes: "-u" };

/**
 * Creates the control of the limit of one run, and warns if a limit of the system does not allow
 * the requested concurrency.
 */
export function controlOf(
  { minConcurrency, load, adaptive }: Manifest["reactor"],
  concurrency: ConcurrencyChoice,
  limiter: Limiter,
  { clock, emit }: { clock: Clock; emit(event: RunEvent): void },
): Control {
  const ceiling = ceilingOf(concurrency);
  const readCpu = cpuMeter();
  const control = new Control(limiter, {
    requested: concurrency.requested,
    minimum: Math.min(minConcurrency, ceiling),
    ceiling,
    adaptive,
    thresholds: load,
    intervalMs: load.intervalMs,
    resources: resourcesNow(),
    clock,
    readLoad: () => ({ cpuPercent: readCpu(), memoryPercent: memoryPercent() }),
    emit,
  });
  for (const { name, limit, fits, needed } of control.scarce) {
    const what = fits === 1 ? "repository" : "repositories";
    const message = `the limit of ${name} is ${limit}: ${fits} ${what} at once instead of ${ceiling}`;
    const hint = `Run \`ulimit ${OPTION[name]} ${needed}\` before, or use --concurrency ${fits}.`;
    emit(notice({ severity: "warning", code: "DESCRIPTORS_LOW", stage: "sync", message, hint }));
  }
  return control;
}

function resourcesNow(): Resource[] {
  const resources: Resource[] = [];
  const add = (name: ResourceName, limit: number | null, inUse: number | null) => {
    if (limit !== null && inUse !== null) resources.push({ name, limit, inUse });
  };
  add("open files", descriptorLimit(), descriptorsInUse());
  const processes = processLimit();
  // Counting reads every process of the machine: skipped for limits that are sufficient for a
  // hundred repositories.
  if (processes !== null && processes < 1000) add("processes", processes, processesInUse());
  return resources;
}
