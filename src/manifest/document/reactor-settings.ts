/** `[reactor]`; durations in milliseconds, sizes in bytes, null means no budget. */
export interface ReactorSettings {
  /** null if the manifest does not set it. */
  concurrency: number | "auto" | null;
  minConcurrency: number;
  adaptive: boolean;
  timeoutMs: number;
  stallTimeoutMs: number;
  retries: number;
  deadlineMs: number | null;
  maxFailures: number | null;
  maxDownloadBytes: number | null;
  load: LoadSettings;
}

/** `[reactor.load]`; percent, queue lengths, milliseconds. */
export interface LoadSettings {
  memoryHigh: number;
  cpuLow: number;
  cpuHigh: number;
  queueLow: number;
  queueHigh: number;
  intervalMs: number;
}
