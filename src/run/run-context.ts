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
import type { ConcurrencyChoice, RunEvent } from "./events.js";
import { failureKind } from "./failure-kind.js";
import { notice, type NoticeText } from "./notice.js";
import type { RunOptions } from "./options.js";
import { controlOf } from "./run-control.js";
import { settingsOf, type RunSettings } from "./settings.js";

/** What a context is made of. */
export interface RunStart {
  /** What the report and the record in the history call the run. */
  command: string;
  manifest: Pick<Manifest, "reactor">;
  options: RunOptions;
  /** Gets each event as it happens. */
  emit?(event: RunEvent): void;
  /** What the caller cancels while the run goes on. */
  cancellations?: Cancellations;
}

/**
 * One run: its surroundings, its time, its limits and its events. Made once for each command, and passed on as it is; `inRun` ends it.
 */
export class RunContext {
  readonly command: string;
  readonly settings: RunSettings;
  readonly host: Host;
  /** Its `now` is 0 when the run begins. */
  readonly clock: Clock;
  /** When the run began, by the wall clock. */
  readonly startedAt: Date;
  /** Aborted when the caller gives up. */
  readonly signal: AbortSignal;
  readonly cancellations: Cancellations;
  /** What has happened so far. */
  readonly events: RunEvent[] = [];
  /** How many repositories may be in flight, and who asked for it. */
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
    // As many tasks as there are repositories listen to it.
    setMaxListeners(0, this.signal);
    this.cancellations = cancellations;
    this.concurrency = chooseConcurrency(options.concurrency, this.host.env, manifest, command);
    this.limiter = limiter ?? new Limiter(initialLimit(this.concurrency));
  }

  /** What moves the limit. To make it is to count open files and processes: it is made when it is first asked for. */
  get control(): Control {
    const { concurrency, limiter, clock, emit } = this;
    const reactor = { ...this.#start.manifest.reactor, adaptive: this.settings.adaptive };
    return (this.#control ??= controlOf(reactor, concurrency, limiter, { clock, emit }));
  }

  /** Watches the budgets of Phase A; the deadline begins when it is first asked for. */
  get watchdog(): Watchdog {
    return (this.#watchdog ??= new Watchdog(this.settings, this.clock, this.emit));
  }

  readonly emit = (event: RunEvent): void => {
    if (event.type === "bytes-received") this.#watchdog?.countBytes(event.bytes);
    this.events.push(event);
    this.#start.emit?.(event);
  };

  /** Emits a notice. */
  notice(text: NoticeText): void {
    this.emit(notice({ at: this.clock.now(), ...text }));
  }

  /** The options of a lock: that of `what`, a path, is reported when the run has to wait for it. */
  lock(what: string): LockOptions {
    const onWait = ({ pid }: { pid: number }) => this.emit({ type: "waiting", at: this.clock.now(), for: what, pid });
    return { clock: this.clock, signal: this.signal, onWait };
  }

  /** The rules of tasks that are no part of Phase A: they move no limit. */
  get taskRules(): TaskRules {
    const { limiter, clock, signal, emit } = this;
    const { retries, timeoutMs, random } = this.settings;
    return { limiter, clock, signal, emit, retries, timeoutMs, random, kindOf: failureKind };
  }

  /** The same run for undoing what it did: that is not interrupted, and is not in its report. */
  undoing(): RunContext {
    const { signal: _, ...options } = this.#start.options;
    return new RunContext({ ...this.#start, options, emit: () => {} }, this.limiter);
  }

  /** Has something done when the run ends, however it ends. */
  atEnd(act: () => void): void {
    this.#endings.push(act);
  }

  /** Ends the run. */
  end(): void {
    this.#control?.end();
    this.#watchdog?.end();
    for (const act of this.#endings.splice(0)) act();
  }
}

/** Does something as one run. @throws EdenError `INVALID_CONCURRENCY`; what `work` throws. */
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
