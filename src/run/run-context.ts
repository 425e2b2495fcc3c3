import { setMaxListeners } from "node:events";
import type { Manifest } from "../manifest/document/manifest.js";
import type { Control } from "../reactor/control.js";
import { Limiter } from "../reactor/limiter.js";
import type { TaskRules } from "../reactor/task.js";
import { Watchdog } from "../reactor/watchdog.js";
import { systemClock, type Clock } from "../system/clock.js";
import { currentHost, type Host } from "../system/host.js";
import type { LockOptions } from "../system/lock.js";
import { Cancellations } from "./cancellations.js";
import { chooseConcurrency, initialLimit } from "./concurrency.js";
import type { ConcurrencyChoice, RunEvent, RunStep } from "./events.js";
import { failureKind } from "./failure-kind.js";
import { notice, type NoticeText } from "./notice.js";
import type { StartOptions } from "./options.js";
import { controlOf } from "./run-control.js";
import { settingsOf, type RunSettings } from "./settings.js";

/** The inputs of a context. */
export interface RunStart {
  /** The name of the run in the report and in the history. */
  command: string;
  manifest: Pick<Manifest, "reactor">;
  options: StartOptions;
  /** The skills that the caller cancels during the run. */
  cancellations?: Cancellations;
}

/**
 * One run: its environment, time, limits and events. Created once per command and passed unchanged;
 * `inRun` ends it.
 */
export class RunContext {
  readonly command: string;
  readonly settings: RunSettings;
  readonly host: Host;
  /** Its `now` is 0 when the run begins. */
  readonly clock: Clock;
  /** When the run began, by the wall clock. */
  readonly startedAt: Date;
  /** Aborted if the caller cancels the run. */
  readonly signal: AbortSignal;
  readonly cancellations: Cancellations;
  /** The events so far. */
  readonly events: RunEvent[] = [];
  /** The requested number of repositories in flight, and its origin. */
  readonly concurrency: ConcurrencyChoice;
  /** The one limit of both phases. */
  readonly limiter: Limiter;
  readonly #start: RunStart;
  readonly #endings: (() => void)[] = [];
  #control: Control | undefined;
  #watchdog: Watchdog | undefined;

  /** @throws EdenError `INVALID_CONCURRENCY`. */
  constructor(start: RunStart, limiter?: Limiter) {
    const { command, manifest, options, cancellations = new Cancellations() } = start;
    this.#start = start;
    this.command = command;
    this.settings = settingsOf(options, manifest);
    this.host = options.host ?? currentHost();
    this.clock = sinceNow(options.clock ?? systemClock);
    this.startedAt = this.clock.date();
    this.signal = AbortSignal.any(options.signal === undefined ? [] : [options.signal]);
    // There is one listener per repository.
    setMaxListeners(0, this.signal);
    this.cancellations = cancellations;
    this.concurrency = chooseConcurrency(options.concurrency, this.host.env, manifest, command);
    this.limiter = limiter ?? new Limiter(initialLimit(this.concurrency));
  }

  /**
   * The control of the limit. Creating it counts open files and processes, so it is created on
   * first use.
   */
  get control(): Control {
    const { concurrency, limiter, clock, emit } = this;
    const reactor = { ...this.#start.manifest.reactor, adaptive: this.settings.adaptive };
    return (this.#control ??= controlOf(reactor, concurrency, limiter, { clock, emit }));
  }

  /** Watches the budgets of Phase A; the deadline begins with its first use. */
  get watchdog(): Watchdog {
    return (this.#watchdog ??= new Watchdog(this.settings, this.clock, this.emit));
  }

  readonly emit = (event: RunEvent): void => {
    if (event.type === "bytes-received") this.#watchdog?.countBytes(event.bytes);
    this.events.push(event);
    this.show(event);
  };

  /** Passes an event to the listener of the run; the report does not count it. */
  readonly show = (event: RunEvent): void => {
    this.#start.options.onEvent?.(event);
  };

  /** Shows that a step has begun. */
  step(step: RunStep): void {
    this.show({ type: "step-started", at: this.clock.now(), step });
  }

  /** Emits a notice. */
  notice(text: NoticeText): void {
    this.emit(notice({ at: this.clock.now(), ...text }));
  }

  /** The options of a lock: that of `what`, a path, is reported if the run has to wait for it. */
  lock(what: string): LockOptions {
    const { clock, signal, emit } = this;
    return {
      clock,
      signal,
      onWait: ({ pid }) => emit({ type: "waiting", at: clock.now(), for: what, pid }),
      onWaited: (waitedMs) => emit({ type: "waited", at: clock.now(), for: what, waitedMs }),
    };
  }

  /** The rules of all tasks; Phase A adds the control, which changes the limit. */
  get taskRules(): TaskRules {
    const { limiter, clock, signal, emit } = this;
    const { retries, timeoutMs, random } = this.settings;
    return { limiter, clock, signal, emit, retries, timeoutMs, random, kindOf: failureKind };
  }

  /** The rules of connections to containers and hosts. */
  get remoteRules() {
    const { host, clock, signal, limiter, settings } = this;
    return { host, clock, signal, limiter, timeoutMs: settings.timeoutMs };
  }

  /** The same run for an undo, which is not interrupted and is not in the report. */
  undoing(): RunContext {
    const { signal: _, onEvent: __, ...options } = this.#start.options;
    return new RunContext({ ...this.#start, options }, this.limiter);
  }

  /** Registers a function that is called when the run ends, with any result. */
  atEnd(act: () => void): void {
    this.#endings.push(act);
  }

  /** Ends the run. */
  end(): void {
    this.#control?.end();
    this.#watchdog?.end();
    for (const act of this.#endings.splice(0)) act();
    this.show({ type: "run-ended", at: this.clock.now() });
  }
}

/** Runs `work` as one run. @throws EdenError `INVALID_CONCURRENCY`; errors of `work`. */
export async function inRun<T>(start: RunStart, work: (context: RunContext) => Promise<T>): Promise<T> {
  const context = new RunContext(start);
  try {
    return await work(context);
  } finally {
    context.end();
  }
}

function sinceNow(clock: Clock): Clock {
  const start = clock.now();
  return {
    now: () => clock.now() - start,
    date: () => clock.date(),
    sleep: async (ms, stop) => await clock.sleep(ms, stop),
    after: (ms, act) => clock.after(ms, act),
  };
}
