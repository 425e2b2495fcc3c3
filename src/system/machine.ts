import { cpus, freemem, totalmem } from "node:os";
import { readTextIfExists } from "./read-files.js";

/** Reads how busy the processor was since the last reading (all cores together), in percent. The first reading is since the boot. */
export function cpuMeter(): () => number {
  let before = cpuTimes();
  return () => {
    const now = cpuTimes();
    const [busy, all] = [now.busy - before.busy, now.all - before.all];
    before = now;
    return all <= 0 ? 0 : (100 * busy) / all;
  };
}

/** How much of the memory that this process may use is taken, by whomever, in percent. */
export function memoryPercent(): number {
  // An unconstrained process is told 1.8e19, or 0.
  const constrained = process.constrainedMemory();
  const total = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
  const available = typeof process.availableMemory === "function" ? process.availableMemory() : freemem();
  return Math.max(0, Math.min(100, 100 - (100 * available) / total));
}

function cpuTimes(): { busy: number; all: number } {
  let [busy, all] = [0, 0];
  for (const { times } of cpus()) {
    const used = times.user + times.nice + times.sys + times.irq;
    busy += used;
    all += used + times.idle;
  }
  return { busy, all };
}

/**
 * The most memory this process has held so far, in mebibytes. Linux counts into `maxRSS` what the parent held when it forked, so there the
 * high-water mark of the program itself is read.
 */
export function peakMemoryMb(): number {
  const kibibytes = /^VmHWM:\s+(?<kib>\d+) kB$/mu.exec(readTextIfExists("/proc/self/status") ?? "")?.groups?.["kib"];
  return (kibibytes === undefined ? process.resourceUsage().maxRSS : Number(kibibytes)) / 1024;
}
