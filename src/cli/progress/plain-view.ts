import type { RunEvent } from "../../run/events.js";
import type { Clock } from "../../system/clock.js";
import { formatBytes } from "../terms/bytes.js";
import type { Palette } from "../terms/colour.js";
import { NoticeLines } from "../views/notice-lines.js";
import { FailureLines } from "./failure-lines.js";
import { counted, STEPS, stoppingText } from "./frame-head.js";
import { activityText, spanText } from "./repository-text.js";
import { RunProgress } from "./run-progress.js";
import type { ProgressView } from "./view.js";

/** Retries that have a line of their own; the lines of state count the others. */
const MOST_RETRIES = 5;

/** Where the lines go. */
export interface Lines {
  line(text: string): void;
  colours: Palette;
  clock: Clock;
  verbose: boolean;
}

/**
 * The progress of a command as few lines, for logs, pipes and screen readers: what begins, one line
 * of state now and then, failures, what has ended. With --verbose also each repository.
 */
export class PlainView implements ProgressView {
  readonly #progress: RunProgress;
  readonly #notices: NoticeLines;
  readonly #failures: FailureLines;
  #retries = 0;
  /** The step whose first line was written. */
  #begun: string | null = null;
  #cancelNext = () => {};

  constructor(private readonly lines: Lines) {
    this.#progress = new RunProgress("", lines.clock.now());
    this.#notices = new NoticeLines(lines.colours);
    this.#failures = new FailureLines(lines.colours.bad("failed"));
  }

  show(event: RunEvent): void {
    const { line, clock } = this.lines;
    for (const text of this.#notices.take(event)) line(text);
    if (endsStep(event)) this.#end();
    this.#progress.take(event, clock.now());
    if (event.type === "task-started" || (event.type === "phase-started" && event.phase === "install")) this.#begin();
    for (const text of this.#failures.take(event)) line(text);
    if ("task" in event && event.task !== undefined) this.#showRepository(event);
  }

  stopping(): void {
    this.lines.line(stoppingText(this.#progress));
  }

  /** Lines stay as they are. */
  suspend(): void {}
  resume(): void {}

  close(): void {
    this.#end();
  }

  abandon(): void {
    this.#cancelNext();
  }

  /** All repositories of a step are known when the first of them begins. */
  #begin(): void {
    const { step, repositories, targets, limit } = this.#progress;
    if (step === null || step.kind === "other" || this.#begun === step.kind) return;
    const [only] = repositories.values();
    if (step.kind === "install") {
      this.#begun = step.kind;
      if (targets.total > 0)
        this.lines.line(`installing: ${targets.total === 1 ? "1 target" : `${targets.total} targets`}`);
    } else if (repositories.size === 0 || only === undefined) return;
    else {
      this.#begun = step.kind;
      const most = limit !== null && repositories.size > limit ? `, at most ${limit} at once` : "";
      const what = repositories.size === 1 ? only.name : `${repositories.size} repositories`;
      this.lines.line(`${STEPS[step.kind].toLowerCase()}: ${what}${most}`);
    }
    this.#later();
  }

  #end(): void {
    this.#cancelNext();
    if (this.#begun !== null && this.#begun !== "install") this.lines.line(this.#state(true));
    this.#begun = null;
  }

  /** The next line of state: every ten seconds at first, then every thirty. */
  #later(): void {
    const { clock } = this.lines;
    this.#cancelNext();
    const seconds = clock.now() - this.#progress.stepAt < 60_000 ? 10 : 30;
    this.#cancelNext = clock.after(seconds * 1000, () => {
      this.lines.line(this.#state(false));
      this.#later();
    });
  }

  #state(isLast: boolean): string {
    const progress = this.#progress;
    const { repositories, targets, bytes } = progress;
    const now = this.lines.clock.now();
    const time = spanText(Math.round((now - progress.stepAt) / 1000));
    if (progress.step?.kind === "install") return `${counted(targets.ended, targets.total, "target")} after ${time}`;
    const { active } = progress;
    const [slowest] = active.toSorted((a, b) => (a.startedAt ?? 0) - (b.startedAt ?? 0));
    const numbers = (["queued", "retrying", "failed", "cancelled"] as const)
      .map((kind) => ({ kind, count: progress.count(kind) }))
      .filter(({ count }) => count > 0)
      .map(({ kind, count }) => `, ${count} ${kind}`);
    const received = bytes === 0 ? "" : `, ${formatBytes(bytes)} received`;
    const state = `${counted(progress.ended, repositories.size, "repository")} after ${time}${numbers.join("")}${received}`;
    return isLast || slowest === undefined ? state : `${state}; ${slowest.name}: ${activityText(slowest, now)}`;
  }

  #showRepository(event: Extract<RunEvent, { task?: string }>): void {
    const repository = this.#progress.repositories.get(event.task ?? "");
    if (repository === undefined) return;
    const { line, verbose, clock } = this.lines;
    if (event.type === "task-again") {
      this.#retries++;
      if (verbose || this.#retries <= MOST_RETRIES)
        line(`${repository.name}: ${activityText(repository, clock.now())}`);
    }
    if (!verbose) return;
    if (event.type === "task-started") line(`${repository.name}: attempt ${event.attempt}`);
    if (event.type === "task-ended") line(`${repository.name}: ${event.status}, attempts: ${event.attempts}`);
  }
}

/** True for an event after which the numbers of the step before are those of its end. */
function endsStep({ type }: RunEvent): boolean {
  return type === "step-started" || type === "phase-ended" || type === "run-ended";
}
