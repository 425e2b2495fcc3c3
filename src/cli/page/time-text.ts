import { formatDuration } from "../terms/duration.js";

/** Milliseconds for people, exact where they are few: `4 ms`, `0.4 s`, `23 s`. */
export function timeText(ms: number): string {
  return ms < 100 ? `${Math.round(ms)} ms` : formatDuration(ms);
}
