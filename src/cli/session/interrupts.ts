import { EdenError } from "../../errors.js";

/** The part of a process that reports signals, and its end. */
export interface SignalSource {
  on(event: NodeJS.Signals | ProcessEnd, listener: () => void): unknown;
  off(event: NodeJS.Signals | ProcessEnd, listener: () => void): unknown;
}

type ProcessEnd = "exit" | "uncaughtExceptionMonitor";

const CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** What the user's signals mean for one run. */
export interface Interrupts {
  /** Aborted by the first signal. */
  signal: AbortSignal;
  /** The exit code of the first signal, or null when there was none. */
  code(): number | null;
  /** Stops listening. */
  end(): void;
}

/**
 * The first signal cancels, for the report to say what was done; the second calls `onSecond` with
 * the exit code.
 */
export function watchInterrupts(source: SignalSource, onSecond: (code: number) => void): Interrupts {
  const abort = new AbortController();
  let first: number | null = null;
  const listeners = Object.entries(CODES).map(([name, code]) => {
    const signal = name as keyof typeof CODES;
    const listener = () => {
      if (first !== null) return onSecond(code);
      first = code;
      abort.abort(new EdenError("CANCELLED", `interrupted by ${signal}`, { exitCode: code }));
    };
    source.on(signal, listener);
    return { signal, listener };
  });
  return {
    signal: abort.signal,
    code: () => first,
    end: () => {
      for (const { signal, listener } of listeners) source.off(signal, listener);
    },
  };
}
