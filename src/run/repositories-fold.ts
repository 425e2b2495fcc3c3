import { sanitize } from "../errors.js";
import type { RunEvent } from "./events.js";
import { ms, type EventOf } from "./events-of-type.js";
import type { RepositoryReport } from "./report.js";

/** The repositories of a run in the order in which their tasks were queued, folded from its events. */
export function foldRepositories(events: readonly RunEvent[]): RepositoryReport[] {
  const named = new Map<string, EventOf<"repository">>();
  const found = new Map<string, RepositoryReport>();
  const bytes = new Map<string, number>();
  for (const event of events) {
    if (!("task" in event) || event.type === "waiting" || event.type === "waited") continue;
    if (event.type === "repository") named.set(event.task, event);
    else if (event.type === "bytes-received") bytes.set(event.task, (bytes.get(event.task) ?? 0) + event.bytes);
    else if (event.type === "task-queued") found.set(event.task, found.get(event.task) ?? queued(event, named));
    else {
      const repository = found.get(event.task);
      if (repository !== undefined) take(repository, event);
    }
  }
  return [...found].map(([task, repository]) => ({ ...repository, bytes_received: bytes.get(task) ?? 0 }));
}

function queued({ task, at }: EventOf<"task-queued">, named: Map<string, EventOf<"repository">>): RepositoryReport {
  const { name, host, skills } = named.get(task) ?? { name: task, host: "", skills: [] };
  return {
    name: sanitize(name),
    host: sanitize(host),
    skills,
    status: "cancelled",
    bytes_received: 0,
    queued_ms: ms(at),
    materialise_ms: null,
    ended_ms: ms(at),
    attempts: [],
  };
}

/** Takes the next event of a task in. */
function take(
  repository: RepositoryReport,
  event: EventOf<"task-started" | "task-activity" | "task-again" | "task-ended">,
): void {
  const at = ms(event.at);
  if (event.type === "task-started") {
    repository.materialise_ms = null;
    repository.attempts.push({ started_ms: at, ended_ms: at, end: "cancelled", code: null, message: null });
    return;
  }
  if (event.type === "task-activity") {
    if (event.activity === "writing") repository.materialise_ms ??= at;
    return;
  }
  repository.ended_ms = at;
  const attempt = repository.attempts.at(-1);
  if (event.type === "task-ended") repository.status = event.status;
  // A wait for the next attempt was cancelled: the last one has ended before.
  if (attempt === undefined || attempt.code !== null) return;
  attempt.ended_ms = at;
  if (event.type === "task-ended") attempt.end = event.status;
  else {
    attempt.end = event.kind;
    attempt.code = event.error.code;
    attempt.message = sanitize(event.error.message);
  }
}
