import type { Problem } from "../errors.js";
import type { RunEvent } from "./events.js";

/** What was noticed about a source before a run, as its event. */
export function sourceNotice(message: string): RunEvent {
  return {
    type: "notice",
    at: 0,
    skill: null,
    severity: "warning",
    code: "SKILL_INVALID",
    stage: "resolve",
    message,
    hint: null,
  };
}

/** A warning about the manifest, as an event of the run. */
export function manifestNotice({ code, path, message, line, column }: Problem): RunEvent {
  const place = line === null ? "" : ` (${line}:${column ?? 1})`;
  return {
    type: "notice",
    at: 0,
    skill: null,
    severity: "warning",
    code,
    stage: "manifest",
    message: `${path === "" ? "" : `${path}: `}${message}${place}`,
    hint: null,
  };
}
