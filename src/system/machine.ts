import { readFileSync } from "node:fs";

/** How many files this process may have open at once (the soft limit), or null when that cannot be told. */
export function descriptorLimit(): number | null {
  try {
    const match = /^Max open files\s+(\d+|unlimited)/mu.exec(readFileSync("/proc/self/limits", "latin1"));
    return match?.[1] === undefined || match[1] === "unlimited" ? null : Number(match[1]);
  } catch {
    return limitFromReport();
  }
}

/** The most memory this process has held so far, in mebibytes. */
export function peakMemoryMb(): number {
  return process.resourceUsage().maxRSS / 1024;
}

/** Costs some milliseconds, hence only where there is no /proc. */
function limitFromReport(): number | null {
  const report = process.report?.getReport() as
    | { userLimits?: { open_files?: { soft?: number | string } } }
    | undefined;
  const soft = report?.userLimits?.open_files?.soft;
  return typeof soft === "number" ? soft : null;
}
