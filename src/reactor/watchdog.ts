import { EdenError } from "../errors.js";
import type { Clock } from "../system/clock.js";
import type { Breach, ReactorEvent } from "./events.js";
import { LONGEST_TIMER_MS } from "./attempt.js";

/** Budgets of one run; null for none. Milliseconds, repositories, bytes. */
export interface Budgets {
  deadlineMs: number | null;
  maxFailures: number | null;
  maxDownloadBytes: number | null;
}

/**
 * Watches the budgets of a run and aborts it when one is exceeded. Running and waiting tasks are
 * cancelled; completed work is kept.
 */
export class Watchdog {
  readonly #abort = new AbortController();
  readonly #over = new AbortController();
  #failures = 0;
  #bytes = 0;
  #breach: Breach | null = null;

  constructor(
    private readonly budgets: Budgets,
    private readonly clock: Clock,
    private readonly emit: (event: ReactorEvent) => void,
  ) {
    if (budgets.deadlineMs !== null) void this.#watchDeadline(budgets.deadlineMs);
  }

  /** Aborted, with an EdenError `CANCELLED` as the reason, when a budget is exceeded. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get breach(): Breach | null {
    return this.#breach;
  }

  /** Counts one repository that failed after its retries. */
  countFailure(): void {
    const limit = this.budgets.maxFailures;
    if (limit !== null && ++this.#failures > limit)
      this.#break({ budget: "failures", limit, observed: this.#failures });
  }

  /** Counts received bytes. */
  countBytes(bytes: number): void {
    this.#bytes += bytes;
    const limit = this.budgets.maxDownloadBytes;
    if (limit !== null && this.#bytes > limit) this.#break({ budget: "download", limit, observed: this.#bytes });
  }

  /** Ends the watch; call it when all tasks have ended. */
  end(): void {
    this.#over.abort();
  }

  async #watchDeadline(limit: number): Promise<void> {
    const start = this.clock.now();
    try {
      await this.clock.sleep(Math.min(limit, LONGEST_TIMER_MS), this.#over.signal);
    } catch {
      return;
    }
    this.#break({ budget: "deadline", limit, observed: Math.round(this.clock.now() - start) });
  }

  #break(breach: Breach): void {
    if (this.#breach !== null || this.#over.signal.aborted) return;
    this.#breach = breach;
    this.emit({ type: "breached", at: this.clock.now(), breach });
    const { budget, limit, observed } = breach;
    this.#abort.abort(
      new EdenError("CANCELLED", `the ${budget} budget was exceeded: ${observed} of ${limit}`, {
        hint: "Raise it in [reactor], or run again: synced skills are kept.",
      }),
    );
  }
}
