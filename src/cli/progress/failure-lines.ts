import type { EdenError } from "../../errors.js";
import type { EventOf } from "../../run/events-of-type.js";
import type { RunEvent } from "../../run/events.js";
import { oneLine } from "../views/one-line.js";
import { reasonOf } from "./reason.js";

/** Failures of one kind that have a line during a run; the result has all of them. */
const MOST_OF_A_KIND = 10;

/**
 * Failures as they happen, a line each. A failure of a whole repository is one, whatever the number
 * of its skills.
 */
export class FailureLines {
  readonly #tasks = new Map<string, string>();
  readonly #names = new Map<string, string>();
  readonly #pending = new Map<string, EventOf<"skill-synced">[]>();
  readonly #counts = new Map<string, number>();

  /** @param mark begins each line. */
  constructor(private readonly mark: string) {}

  /** Takes one event in. @returns what has failed. */
  take(event: RunEvent): string[] {
    switch (event.type) {
      case "repository":
        this.#names.set(event.task, event.name);
        for (const skill of event.skills) this.#tasks.set(skill, event.task);
        return [];
      case "skill-synced": {
        if (event.status !== "failed") return [];
        const task = this.#tasks.get(event.skill);
        if (task === undefined) return this.#lines(event.skill, event.error);
        this.#pending.set(task, [...(this.#pending.get(task) ?? []), event]);
        return [];
      }
      case "task-ended":
        return this.#takeEnd(event);
      case "target-ended":
        return event.status === "failed"
          ? this.#lines(
              `${event.skill} in ${event.environment === undefined ? "" : `${event.environment} `}${event.path}`,
              event.error,
            )
          : [];
      default:
        return [];
    }
  }

  #takeEnd({ task, status, error }: EventOf<"task-ended">): string[] {
    const failed = this.#pending.get(task) ?? [];
    this.#pending.delete(task);
    if (status !== "failed") return failed.flatMap(({ skill, error: own }) => this.#lines(skill, own));
    if (failed.length === 0) return [];
    const count = failed.length === 1 ? "" : ` (${failed.length} skills)`;
    const name = this.#names.get(task) ?? task;
    return this.#lines(`${name}${count}`, error, name);
  }

  #lines(what: string, error: EdenError | null, repository = what): string[] {
    if (error === null || error.code === "CANCELLED") return [];
    const count = (this.#counts.get(error.code) ?? 0) + 1;
    this.#counts.set(error.code, count);
    if (count > MOST_OF_A_KIND) return [];
    const { text, hasAddress } = reasonOf(error, repository);
    const line = `${this.mark} ${oneLine(what)}${hasAddress ? "" : ":"} ${text} (${error.code})`;
    return count < MOST_OF_A_KIND ? [line] : [line, `other failures of this kind (${error.code}) are in the result`];
  }
}
