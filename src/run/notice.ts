import type { RunEvent } from "./events.js";

type Notice = Extract<RunEvent, { type: "notice" }>;

/**
 * The content of a notice; without `skill` it concerns the run, without `at` it is known before the
 * run begins.
 */
export type NoticeText = Pick<Notice, "severity" | "code" | "stage" | "message"> & Partial<Notice>;

/** A notice as an event of a run. */
export function notice(text: NoticeText): Notice {
  return { type: "notice", at: 0, skill: null, hint: null, ...text };
}
