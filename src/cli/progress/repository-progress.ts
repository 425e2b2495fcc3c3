import type { RunEvent } from "../../run/events.js";
import { sanitize } from "../../errors.js";

/** How far one repository is. */
export interface RepositoryProgress {
  readonly name: string;
  readonly host: string;
  state: "waiting" | "downloading" | "retrying" | "done" | "failed" | "cancelled";
  /** Milliseconds from its first permit to its end, once both are known. */
  elapsedMs: number | null;
}

/** The repositories of a run by their task, as the events report them. */
export class Progress {
  readonly repositories = new Map<string, RepositoryProgress>();

  /** Takes one event in. @returns the repository that it concerns, or null. */
  take(event: RunEvent): RepositoryProgress | null {
    if (event.type === "repository") {
      if (!event.isRemote) return null;
      const name = sanitize(event.name);
      const added: RepositoryProgress = { name, host: sanitize(event.host), state: "waiting", elapsedMs: null };
      this.repositories.set(event.task, added);
      return added;
    }
    if (event.type !== "task-started" && event.type !== "task-again" && event.type !== "task-ended") return null;
    const repository = this.repositories.get(event.task);
    if (repository === undefined) return null;
    if (event.type === "task-started") repository.state = "downloading";
    else if (event.type === "task-again") repository.state = "retrying";
    else {
      repository.state = event.status;
      repository.elapsedMs = event.startedAt === null ? null : event.at - event.startedAt;
    }
    return repository;
  }
}

/** `downloaded acme/skills [1.2s]`. */
export function progressText({ name, state, elapsedMs }: RepositoryProgress): string {
  const time = elapsedMs === null ? "" : ` [${(elapsedMs / 1000).toFixed(1)}s]`;
  switch (state) {
    case "waiting":
    case "retrying":
    case "downloading":
      return `${state} ${name}…`;
    case "done":
      return `downloaded ${name}${time}`;
    default:
      return `${state} ${name}${time}`;
  }
}
