import type { SkillReport } from "../../run/report.js";

/** A status for people. */
export function statusText(status: SkillReport["status"]): string {
  return status.replace("_", " ");
}

const DONE: Readonly<Record<string, string>> = {
  create: "created",
  update: "updated",
  noop: "unchanged",
  conflict: "in conflict",
  remove: "removed",
};

/** What was done by an action, for people; other words stay. */
export function doneText(action: string): string {
  return DONE[action] ?? action;
}
