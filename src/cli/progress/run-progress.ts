import { initialLimit } from "../../run/concurrency.js";
import type { EventOf } from "../../run/events-of-type.js";
import type { RunEvent, RunStep } from "../../run/events.js";
import { oneLine } from "../views/one-line.js";
import { limitChange } from "./limit-change.js";
import { RepositoryState } from "./repository-state.js";
import { TransferRate } from "./transfer-rate.js";

/** What a run does: nothing that can be counted, work on repositories, or Phase B. */
export type Step = { kind: "other"; text: string } | { kind: RunStep } | { kind: "install" };

/** The state of a run for its view, folded from the events. Times are milliseconds of the view. */
export class RunProgress {
  /** Null while nothing runs. */
  step: Step | null;
  stepAt: number;
  /** The remote repositories of this step, by task. */
  repositories = new Map<string, RepositoryState>();
  bytes = 0;
  readonly rate = new TransferRate();
  /** The largest number of tasks at once; null until it is known. */
  limit: number | null = null;
  /** The last change of a limit, and why. */
  limitChange: string | null = null;
  targets = { total: 0, ended: 0, failed: 0 };
  /** Another process that the whole run waits for. */
  waitsFor: string | null = null;
  isStopping = false;

  /** @param doing what the command does before its first event. */
  constructor(doing: string, now: number) {
    this.step = { kind: "other", text: doing };
    this.stepAt = now;
  }

  /** Takes one event in. */
  take(event: RunEvent, now: number): void {
    switch (event.type) {
      case "run-started":
        this.limit = initialLimit(event.concurrency);
        return;
      case "step-started":
        return this.#begin({ kind: event.step }, now);
      case "phase-started":
        if (event.phase === "sync") return;
        this.targets = { total: event.targets ?? 0, ended: 0, failed: 0 };
        return this.#begin({ kind: "install" }, now);
      case "target-ended":
        this.waitsFor = null;
        this.targets.ended++;
        if (event.status === "failed") this.targets.failed++;
        return;
      case "run-ended":
        this.step = null;
        return;
      case "limit-changed":
        if (event.governor !== "throttle") this.limit = event.to;
        this.limitChange = limitChange(event);
        return;
      case "repository":
        if (event.isRemote) this.repositories.set(event.task, new RepositoryState(event));
        return;
      case "bytes-received":
        this.bytes += event.bytes;
        this.rate.add(event.bytes, now);
        this.repositories.get(event.task)?.received(event.bytes);
        return;
      case "waiting":
        return this.#wait(event);
      case "task-started":
      case "task-activity":
      case "task-again":
      case "task-ended":
        return this.#takeTask(event, now);
      default:
    }
  }

  /** The repositories that have begun and not ended, those that work first, then by age. */
  get active(): RepositoryState[] {
    const order = { active: 0, locked: 1, retrying: 2, queued: 3, done: 3, failed: 3, cancelled: 3 };
    return [...this.repositories.values()]
      .filter(({ isActive }) => isActive)
      .toSorted((a, b) => order[a.doing.kind] - order[b.doing.kind] || (a.startedAt ?? 0) - (b.startedAt ?? 0));
  }

  /** How many repositories are in this state. */
  count(kind: RepositoryState["doing"]["kind"]): number {
    let count = 0;
    for (const { doing } of this.repositories.values()) if (doing.kind === kind) count++;
    return count;
  }

  get ended(): number {
    return this.count("done") + this.count("failed") + this.count("cancelled");
  }

  /** A step of the same kind goes on: several sources are looked at together. */
  #begin(step: Step, now: number): void {
    if (this.step?.kind === step.kind) return;
    this.step = step;
    this.stepAt = now;
    this.repositories = new Map();
    this.waitsFor = null;
  }

  #wait({ task, pid, for: what }: EventOf<"waiting">): void {
    const repository = task === undefined ? undefined : this.repositories.get(task);
    if (repository === undefined) this.waitsFor = `process ${pid}, which works on ${oneLine(what)}`;
    else repository.doing = { kind: "locked", pid };
  }

  #takeTask(event: EventOf<"task-started" | "task-activity" | "task-again" | "task-ended">, now: number): void {
    const repository = this.repositories.get(event.task);
    if (repository === undefined) return;
    if (event.type === "task-started") repository.started(event, now);
    else if (event.type === "task-activity") repository.doing = { kind: "active", activity: event.activity };
    else if (event.type === "task-again") repository.failedOnce(event, now);
    else repository.doing = { kind: event.status };
  }
}
