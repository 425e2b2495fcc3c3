import { readdirSync, readFileSync, statSync } from "node:fs";

/** How many files this process may have open at once (the soft limit), or null when that cannot be told. */
export function descriptorLimit(): number | null {
  return softLimit("Max open files") ?? limitFromReport("open_files");
}

/** How many files this process has open now, or null when that cannot be told. */
export function descriptorsInUse(): number | null {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return null;
  }
}

/** How many processes and threads the user may have at once (the soft limit); null for root, whom it does not bind, and where it cannot be told. */
export function processLimit(): number | null {
  return process.geteuid?.() === 0 ? null : softLimit("Max processes");
}

/** How many processes and threads the user has now, those not reaped yet included; null where that cannot be told. */
export function processesInUse(): number | null {
  const user = process.getuid?.();
  let count = 0;
  for (const pid of numbersIn("/proc") ?? []) {
    try {
      if (statSync(`/proc/${pid}`).uid === user) count += readdirSync(`/proc/${pid}/task`).length;
    } catch {
      // It has just ended.
    }
  }
  return count === 0 ? null : count;
}

function numbersIn(directory: string): string[] | null {
  try {
    return readdirSync(directory).filter((name) => /^\d+$/u.test(name));
  } catch {
    return null;
  }
}

/** Null when unlimited, too. */
function softLimit(name: string): number | null {
  try {
    const limits = readFileSync("/proc/self/limits", "latin1").split("\n");
    const soft =
      limits
        .find((line) => line.startsWith(name))
        ?.slice(name.length)
        .trim()
        .split(/\s+/u)[0] ?? "";
    return /^\d+$/u.test(soft) ? Number(soft) : null;
  } catch {
    return null;
  }
}

/** Costs some milliseconds, hence only where there is no /proc. */
function limitFromReport(name: "open_files"): number | null {
  const report = process.report?.getReport() as { userLimits?: Record<string, { soft?: number | string }> } | undefined;
  const soft = report?.userLimits?.[name]?.soft;
  return typeof soft === "number" ? soft : null;
}
