import { asEdenError } from "../reactor/task-failure.js";
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

/** The notice of an error. @param stage where it happened, if the error does not say so. */
export function errorNotice(caught: unknown, stage: string): NoticeText {
  const { code, message, facts } = asEdenError(caught);
  return { severity: "error", code, stage: facts.stage ?? stage, message, hint: facts.hint ?? null };
}
