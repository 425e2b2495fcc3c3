import type { Findings } from "../format/findings.js";
import type { ManifestDocument } from "./manifest-schema.js";
import type { ReactorSettings } from "./reactor-settings.js";

/** The default of `concurrency`. */
const USUAL_CONCURRENCY = 10;

/** `[reactor]`, with the problems of values that contradict each other. */
export function settleReactor(document: ManifestDocument["reactor"], findings: Findings): ReactorSettings {
  const { load, concurrency = null } = document;
  const highest = concurrency === "auto" ? 100 : (concurrency ?? USUAL_CONCURRENCY);
  if (document.min_concurrency > highest) {
    const problem = `${document.min_concurrency} is more than \`concurrency\`, which is ${highest}`;
    findings.error("INVALID_CONCURRENCY", ["reactor", "min_concurrency"], problem);
  }
  for (const [low, high] of [
    ["cpu_low", "cpu_high"],
    ["queue_low", "queue_high"],
  ] as const) {
    if (load[low] <= load[high]) continue;
    findings.error(
      "INVALID_TYPE",
      ["reactor", "load", low],
      `expected at most \`${high}\`, which is ${load[high]}, found ${load[low]}`,
    );
  }
  return {
    concurrency,
    minConcurrency: document.min_concurrency,
    adaptive: document.adaptive,
    timeoutMs: document.timeout,
    stallTimeoutMs: document.stall_timeout,
    retries: document.retries,
    deadlineMs: document.deadline ?? null,
    maxFailures: document.max_failures ?? null,
    maxDownloadBytes: document.max_download ?? null,
    load: {
      memoryHigh: load.memory_high,
      cpuLow: load.cpu_low,
      cpuHigh: load.cpu_high,
      queueLow: load.queue_low,
      queueHigh: load.queue_high,
      intervalMs: load.interval,
    },
  };
}
