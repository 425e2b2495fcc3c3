import { EdenError } from "../errors.js";
import { spanOf } from "../system/time-span.js";
import { backOffMs, EXHAUSTED, THROTTLED, TRANSIENT, type BackOff } from "./back-off.js";

/** The effect of a failure on the next attempt. */
export type FailureKind = "transient" | "throttled" | "exhausted" | "permanent";

/** The failure of one attempt. */
export interface Failure {
  error: EdenError;
  kind: FailureKind;
  /** No other task was in flight at any time during the attempt. */
  wasAlone: boolean;
}

/** The step after a failure: another attempt after a wait, or the end with the error to report. */
export type NextStep = Again | { kind: "ended"; error: EdenError };

interface Again {
  kind: "retried" | "requeued";
  delayMs: number;
  /** Failures of this kind so far, and how many are retried; null for no limit. */
  retry: number;
  of: number | null;
}

/** Throttled attempts in a row after which a task gives up. */
export const MOST_THROTTLED = 10;

/**
 * Attempts in a row that failed because of a missing descriptor although the task was alone, after
 * which it gives up.
 */
export const MOST_STARVED = 5;

/** The longest wait that a server may request, in milliseconds. */
export const LONGEST_ASKED_MS = 5 * 60_000;

/** Maximum of all throttled waits of one task together, in milliseconds. */
export const MOST_WAITED_MS = 10 * 60_000;

/** Counts the failures and waits of one task, and decides whether it is tried again. */
export class Patience {
  #failures = 0;
  #throttled = 0;
  #throttledMs = 0;
  #starved = 0;
  #exhausted = 0;

  /**
   * @param rules `retries`: how often transient failures are retried; `random`: a number in [0, 1).
   */
  constructor(private readonly rules: { retries: number; random(): number }) {}

  /** The step after a failure. @param attempts so far, including this one. */
  next(failure: Failure, attempts: number): NextStep {
    const { error, kind, wasAlone } = failure;
    const isNamed = attempts > 1 || error.facts.isFinal === true;
    if (kind === "permanent") return { kind: "ended", error: isNamed ? withAttempts(error, attempts) : error };
    const askedMs = (error.facts.retryAfterSeconds ?? 0) * 1000;
    if (askedMs > LONGEST_ASKED_MS) return { kind: "ended", error: withAttempts(tooLong(error), attempts) };
    const again = this.#again(kind, wasAlone, askedMs);
    return again ?? { kind: "ended", error: withAttempts(error, attempts) };
  }

  #again(kind: FailureKind, wasAlone: boolean, askedMs: number): Again | null {
    const wait = (backOff: BackOff, failures: number) => backOffMs(backOff, failures, this.rules.random(), askedMs);
    this.#throttled = kind === "throttled" ? this.#throttled + 1 : 0;
    this.#starved = kind === "exhausted" && wasAlone ? this.#starved + 1 : 0;
    if (kind === "throttled") {
      const delayMs = wait(THROTTLED, this.#throttled);
      this.#throttledMs += delayMs;
      const isEnough = this.#throttled >= MOST_THROTTLED || this.#throttledMs > MOST_WAITED_MS;
      return isEnough ? null : { kind: "requeued", delayMs, retry: this.#throttled, of: MOST_THROTTLED - 1 };
    }
    if (kind === "exhausted")
      return this.#starved < MOST_STARVED
        ? { kind: "requeued", delayMs: wait(EXHAUSTED, ++this.#exhausted), retry: this.#exhausted, of: null }
        : null;
    const { retries: of } = this.rules;
    return ++this.#failures <= of
      ? { kind: "retried", delayMs: wait(TRANSIENT, this.#failures), retry: this.#failures, of }
      : null;
  }
}

/**
 * Ends a task whose server requests too long a wait: the user has to run the command again later.
 */
function tooLong(error: EdenError): EdenError {
  const { retryAfterSeconds = 0 } = error.facts;
  const hint = `Run the command again in ${spanOf(retryAfterSeconds)}; at most ${spanOf(LONGEST_ASKED_MS / 1000)} are waited for.`;
  return new EdenError("FETCH_THROTTLED", error.message, { ...error.facts, hint }, error.cause);
}

/** The same error, with the number of attempts in its message. */
function withAttempts(error: EdenError, attempts: number): EdenError {
  const times = attempts === 1 ? "once" : `${attempts} times`;
  return new EdenError(error.code, `${error.message} (tried ${times})`, error.facts, error.cause);
}
