import { sanitize } from "../../errors.js";
import type { EventOf } from "../../run/events-of-type.js";
import type { TaskActivity } from "../../run/events.js";
import { reasonOf } from "./reason.js";

/** What one repository does now. */
export type Doing =
  | { kind: "queued" | "done" | "failed" | "cancelled" }
  | { kind: "active"; activity: TaskActivity }
  | { kind: "locked"; pid: number }
  /** It waits for another attempt at `until`, in milliseconds; `of` is null for no limit. */
  | { kind: "retrying"; retry: number; of: number | null; until: number; reason: string };

/** One repository of a step, as the events report it. */
export class RepositoryState {
  readonly name: string;
  doing: Doing = { kind: "queued" };
  /** Received so far, by all attempts. */
  bytes = 0;
  /** When its first attempt began, in milliseconds. */
  startedAt: number | null = null;
  attempt = 0;

  constructor({ name, isRemote, skills }: EventOf<"repository">) {
    this.name = sanitize(name);
    this.isRemote = isRemote;
    this.skills = skills;
  }

  readonly isRemote: boolean;
  readonly skills: readonly string[];

  get hasEnded(): boolean {
    return ["done", "failed", "cancelled"].includes(this.doing.kind);
  }

  get isActive(): boolean {
    return this.doing.kind !== "queued" && !this.hasEnded;
  }

  started({ attempt }: EventOf<"task-started">, now: number): void {
    this.attempt = attempt;
    this.startedAt ??= now;
    this.doing = { kind: "active", activity: "asking" };
  }

  received(bytes: number): void {
    this.bytes += bytes;
    if (this.doing.kind === "active" && this.doing.activity === "asking")
      this.doing = { kind: "active", activity: "fetching" };
  }

  failedOnce({ retry, of, delayMs, error }: EventOf<"task-again">, now: number): void {
    const { text, hasAddress } = reasonOf(error, this.name);
    const reason = hasAddress && text.startsWith("answered") ? `server ${text}` : text;
    this.doing = { kind: "retrying", retry, of, until: now + delayMs, reason };
  }
}
