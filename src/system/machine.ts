import { cpus, freemem, hostname, totalmem } from "node:os";
import { readTextIfExists } from "./read-files.js";

/**
 * Reads the processor usage since the last reading (all cores together), in percent. The first
 * reading covers the time since boot.
 */
export function cpuMeter(): () => number {
  let before = cpuTimes();
  return () => {
    const now = cpuTimes();
    const [busy, all] = [now.busy - before.busy, now.all - before.all];
    before = now;
    return all <= 0 ? 0 : (100 * busy) / all;
  };
}

/**
 * The used share of the memory that this process may use, including other processes, in percent.
 */
export function memoryPercent(): number {
  // Without a constraint the value is 1.8e19 or 0.
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
 * The peak memory of this process, in mebibytes. On Linux `maxRSS` includes the memory of the
 * parent at the time of the fork, so there the high-water mark of the program itself is read.
 */
export function peakMemoryMb(): number {
  const kibibytes = /^VmHWM:\s+(?<kib>\d+) kB$/mu.exec(readTextIfExists("/proc/self/status") ?? "")?.groups?.["kib"];
  return (kibibytes === undefined ? process.resourceUsage().maxRSS : Number(kibibytes)) / 1024;
}

/** The name of this machine. */
export function machineName(): string {
  return hostname();
}
