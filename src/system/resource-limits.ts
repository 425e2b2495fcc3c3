import { readdirSync, readFileSync, statSync } from "node:fs";

/** The soft limit of open files of this process, or null if it is unknown. */
export function descriptorLimit(): number | null {
  return softLimit("Max open files") ?? limitFromReport("open_files");
}

/** The number of files that this process has open, or null if it is unknown. */
export function descriptorsInUse(): number | null {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return null;
  }
}

/**
 * The soft limit of processes and threads of the user; null for root, who has no limit, and if it
 * is unknown.
 */
export function processLimit(): number | null {
  return process.geteuid?.() === 0 ? null : softLimit("Max processes");
}

/** The number of processes and threads of the user, including zombies; null if it is unknown. */
export function processesInUse(): number | null {
  const user = process.getuid?.();
  let count = 0;
  for (const pid of numbersIn("/proc") ?? []) {
    try {
      if (statSync(`/proc/${pid}`).uid === user) count += readdirSync(`/proc/${pid}/task`).length;
    } catch {
      // The process has just ended.
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

/** Also null if unlimited. */
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

/** Takes some milliseconds, so it is used only without /proc. */
function limitFromReport(name: "open_files"): number | null {
  const report = process.report?.getReport() as { userLimits?: Record<string, { soft?: number | string }> } | undefined;
  const soft = report?.userLimits?.[name]?.soft;
  return typeof soft === "number" ? soft : null;
}
