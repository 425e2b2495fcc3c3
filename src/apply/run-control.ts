import type { Manifest } from "../manifest/manifest.js";
import { Control } from "../reactor/control.js";
import type { Limiter } from "../reactor/limiter.js";
import { cpuMeter, descriptorLimit, descriptorsInUse, memoryPercent } from "../system/machine.js";
import { ceilingOf } from "./concurrency.js";
import type { ConcurrencyChoice } from "./events.js";
import type { RunOptions } from "./options.js";
import type { Run } from "./run-context.js";

/** Sets up what moves the limit of one run, and warns when the limit of open files does not allow what was asked for. */
export function controlOf(
  manifest: Manifest,
  options: RunOptions,
  choice: ConcurrencyChoice,
  limiter: Limiter,
  run: Run,
): Control {
  const { minConcurrency, load, adaptive } = manifest.reactor;
  const ceiling = ceilingOf(choice);
  const [limit, inUse] = [descriptorLimit(), descriptorsInUse()];
  const readCpu = cpuMeter();
  const control = new Control(limiter, {
    requested: choice.requested,
    minimum: Math.min(minConcurrency, ceiling),
    ceiling,
    adaptive: options.adaptive ?? adaptive,
    thresholds: load,
    intervalMs: load.intervalMs,
    descriptors: limit === null || inUse === null ? null : { limit, inUse },
    clock: run.clock,
    readLoad: () => ({ cpuPercent: readCpu(), memoryPercent: memoryPercent() }),
    emit: run.emit,
  });
  if (control.tooFewDescriptors !== null) {
    const { fits, needed } = control.tooFewDescriptors;
    const message = `the limit of open files is ${limit}: ${fits} repositories at once instead of ${ceiling}`;
    const hint = `Run \`ulimit -n ${needed}\` before, or use --concurrency ${fits}.`;
    run.emit({
      type: "notice",
      at: run.clock.now(),
      skill: null,
      severity: "warning",
      code: "DESCRIPTORS_LOW",
      stage: "sync",
      message,
      hint,
    });
  }
  return control;
}
