import { EdenError } from "../errors.js";
import { spanOf } from "../system/time-span.js";
import { backOffMs, EXHAUSTED, THROTTLED, TRANSIENT, type BackOff } from "./back-off.js";

/** What a failure means for the attempt after it. */
export type FailureKind = "transient" | "throttled" | "exhausted" | "permanent";

/** How one attempt failed. */
export interface Failure {
  error: EdenError;
  kind: FailureKind;
  /** No other task was in flight at any moment of the attempt. */
  wasAlone: boolean;
}

/** What follows a failure: another attempt after a wait, or the end with the error to report. */
export type NextStep = { kind: "retried" | "requeued"; delayMs: number } | { kind: "ended"; error: EdenError };

/** Throttled attempts in a row after which a task gives up. */
export const MOST_THROTTLED = 10;

/** Attempts in a row that failed for want of a descriptor although the task was alone, after which it gives up. */
export const MOST_STARVED = 5;

/** The longest wait that a server may ask for. Milliseconds. */
export const LONGEST_ASKED_MS = 5 * 60_000;

/** All throttled waits of one task together. Milliseconds. */
export const MOST_WAITED_MS = 10 * 60_000;

/** How often one task has failed, how long it has waited, and whether that is enough. */
export class Patience {
  #failures = 0;
  #throttled = 0;
  #throttledMs = 0;
  #starved = 0;
  #exhausted = 0;

  /** @param rules `retries`: how often transient failures are tried again; `random`: a number in [0, 1). */
  constructor(private readonly rules: { retries: number; random(): number }) {}

  /** What to do after a failure. @param attempts so far, this one included. */
  next(failure: Failure, attempts: number): NextStep {
    const { error, kind, wasAlone } = failure;
    const isNamed = attempts > 1 || error.facts.isFinal === true;
    if (kind === "permanent") return { kind: "ended", error: isNamed ? withAttempts(error, attempts) : error };
    const askedMs = (error.facts.retryAfterSeconds ?? 0) * 1000;
    if (askedMs > LONGEST_ASKED_MS) return { kind: "ended", error: withAttempts(tooLong(error), attempts) };
    const again = this.#again(kind, wasAlone, askedMs);
    return again ?? { kind: "ended", error: withAttempts(error, attempts) };
  }

  #again(kind: FailureKind, wasAlone: boolean, askedMs: number): NextStep | null {
    const wait = (backOff: BackOff, failures: number) => backOffMs(backOff, failures, this.rules.random(), askedMs);
    this.#throttled = kind === "throttled" ? this.#throttled + 1 : 0;
    this.#starved = kind === "exhausted" && wasAlone ? this.#starved + 1 : 0;
    if (kind === "throttled") {
      const delayMs = wait(THROTTLED, this.#throttled);
      this.#throttledMs += delayMs;
      const isEnough = this.#throttled >= MOST_THROTTLED || this.#throttledMs > MOST_WAITED_MS;
      return isEnough ? null : { kind: "requeued", delayMs };
    }
    if (kind === "exhausted")
      return this.#starved < MOST_STARVED ? { kind: "requeued", delayMs: wait(EXHAUSTED, ++this.#exhausted) } : null;
    return ++this.#failures <= this.rules.retries
      ? { kind: "retried", delayMs: wait(TRANSIENT, this.#failures) }
      : null;
  }
}

/** The end of a task whose server asks for a wait that is too long: the command is to be run again later. */
function tooLong(error: EdenError): EdenError {
  const { retryAfterSeconds = 0 } = error.facts;
  const hint = `Run the command again in ${spanOf(retryAfterSeconds)}; at most ${spanOf(LONGEST_ASKED_MS / 1000)} are waited for.`;
  return new EdenError("FETCH_THROTTLED", error.message, { ...error.facts, hint }, error.cause);
}

/** The same error, saying how often it was tried. */
function withAttempts(error: EdenError, attempts: number): EdenError {
  const times = attempts === 1 ? "once" : `${attempts} times`;
  return new EdenError(error.code, `${error.message} (tried ${times})`, error.facts, error.cause);
}
