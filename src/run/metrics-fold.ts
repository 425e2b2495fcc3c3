import type { RunEvent } from "./events.js";
import type { Metrics } from "./report.js";

/**
 * The number of tasks whose mean duration is the baseline, and the size of the rolling window that
 * is compared with it.
 */
const BASELINE_TASKS = 50;
const WINDOW_TASKS = 100;

/** The metrics of a run, folded from the same events as the views. */
export function foldMetrics(events: readonly RunEvent[], peakRssMb: number): Metrics {
  const metrics = { git_processes: 0, bytes_received: 0, peak_in_flight: 0, requeued: 0, retried: 0 };
  let lockWait = 0;
  const waits: number[] = [];
  const durations: number[] = [];
  for (const event of events) {
    if (event.type === "git-process") metrics.git_processes++;
    if (event.type === "bytes-received") metrics.bytes_received += event.bytes;
    if (event.type === "waited") lockWait += event.waitedMs;
    if (event.type === "task-again") metrics[event.kind]++;
    if (event.type === "task-started") {
      waits.push(event.waitedMs);
      metrics.peak_in_flight = Math.max(metrics.peak_in_flight, event.inFlight);
    }
    if (event.type === "task-ended" && event.startedAt !== null) durations.push(event.at - event.startedAt);
  }
  return {
    ...metrics,
    lock_wait_ms: Math.round(lockWait),
    queue_wait_ms: spread(waits),
    task_ms: spread(durations),
    ...gain(durations),
    peak_rss_mb: Math.round(peakRssMb),
  };
}

function spread(values: readonly number[]): { p50: number; p95: number } {
  const sorted = values.toSorted((a, b) => a - b);
  // Nearest rank: the smallest value that is at least as large as p percent of the values.
  const at = (percent: number) => Math.round(sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0);
  return { p50: at(50), p95: at(95) };
}

/** How much faster the last tasks were than the first; null before the baseline is known. */
function gain(
  durations: readonly number[],
): Pick<Metrics, "baseline_task_ms" | "current_task_ms" | "performance_gain_percent"> {
  if (durations.length < BASELINE_TASKS)
    return { baseline_task_ms: null, current_task_ms: null, performance_gain_percent: null };
  const baseline = mean(durations.slice(0, BASELINE_TASKS));
  const current = mean(durations.slice(-WINDOW_TASKS));
  const percent = baseline === 0 ? 0 : ((baseline - current) / baseline) * 100;
  return {
    baseline_task_ms: Math.round(baseline),
    current_task_ms: Math.round(current),
    performance_gain_percent: Math.round(percent * 10) / 10,
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
