import type { Manifest } from "../manifest/document/manifest.js";
import { Control } from "../reactor/control.js";
import type { Limiter } from "../reactor/limiter.js";
import type { Resource, ResourceName } from "../reactor/governors/room.js";
import { cpuMeter, memoryPercent } from "../system/machine.js";
import { descriptorLimit, descriptorsInUse, processesInUse, processLimit } from "../system/resource-limits.js";
import { ceilingOf } from "./concurrency.js";
import type { ConcurrencyChoice } from "./events.js";
import type { RunOptions } from "./options.js";
import type { Run } from "./run-context.js";

/** Where the system keeps the limit. */
const OPTION: Record<ResourceName, string> = { "open files": "-n", processes: "-u" };

/** Sets up what moves the limit of one run, and warns when a limit of the system does not allow what was asked for. */
export function controlOf(
  manifest: Manifest,
  options: RunOptions,
  choice: ConcurrencyChoice,
  limiter: Limiter,
  run: Run,
): Control {
  const { minConcurrency, load, adaptive } = manifest.reactor;
  const ceiling = ceilingOf(choice);
  const readCpu = cpuMeter();
  const control = new Control(limiter, {
    requested: choice.requested,
    minimum: Math.min(minConcurrency, ceiling),
    ceiling,
    adaptive: options.adaptive ?? adaptive,
    thresholds: load,
    intervalMs: load.intervalMs,
    resources: resourcesNow(),
    clock: run.clock,
    readLoad: () => ({ cpuPercent: readCpu(), memoryPercent: memoryPercent() }),
    emit: run.emit,
  });
  for (const { name, limit, fits, needed } of control.scarce) {
    run.emit({
      type: "notice",
      at: 0,
      skill: null,
      severity: "warning",
      code: "DESCRIPTORS_LOW",
      stage: "sync",
      message: `the limit of ${name} is ${limit}: ${fits} ${fits === 1 ? "repository" : "repositories"} at once instead of ${ceiling}`,
      hint: `Run \`ulimit ${OPTION[name]} ${needed}\` before, or use --concurrency ${fits}.`,
    });
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
  // Counting looks at every process of the machine: not for limits that hold a hundred repositories in any case.
  if (processes !== null && processes < 1000) add("processes", processes, processesInUse());
  return resources;
}
