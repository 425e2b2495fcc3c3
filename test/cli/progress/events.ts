import { EdenError } from "../../../src/errors.js";
import type { EventOf } from "../../../src/run/events-of-type.js";
import type { RunStep } from "../../../src/run/events.js";

// Events of a run, with defaults.

export const unavailable = new EdenError("FETCH_NETWORK", "https://example.com/acme/one answered 503");

export function step(name: RunStep): EventOf<"step-started"> {
  return { type: "step-started", at: 0, step: name };
}

export function repository(task: string, changes: Partial<EventOf<"repository">> = {}): EventOf<"repository"> {
  const about = { name: `acme/${task}`, host: "example.com", isRemote: true, skills: [] };
  return { type: "repository", at: 0, task, ...about, ...changes };
}

export function started(task: string, attempt = 1): EventOf<"task-started"> {
  return { type: "task-started", at: 10, task, attempt, waitedMs: 0, inFlight: 1 };
}

export function again(task: string, changes: Partial<EventOf<"task-again">> = {}): EventOf<"task-again"> {
  const why = { kind: "retried", delayMs: 2800, retry: 1, of: 2, error: unavailable } as const;
  return { type: "task-again", at: 20, task, ...why, ...changes };
}

export function ended(task: string, status: EventOf<"task-ended">["status"] = "done"): EventOf<"task-ended"> {
  const error = status === "done" ? null : unavailable;
  return { type: "task-ended", at: 1210, task, status, attempts: 1, startedAt: 10, error };
}

export function skillFailed(skill: string, error = unavailable): EventOf<"skill-synced"> {
  return { type: "skill-synced", at: 5, skill, status: "failed", startedMs: 0, attempts: 1, content: null, error };
}

export function limitChanged(changes: Partial<EventOf<"limit-changed">> = {}): EventOf<"limit-changed"> {
  return { type: "limit-changed", at: 1, from: 20, to: 15, governor: "descriptors", reason: "EMFILE", ...changes };
}
