import { openProgressView } from "../progress/open-view.js";
import type { RunEvent } from "../../run/events.js";
import { killAllGroups } from "../../system/process-groups.js";
import { watchInterrupts } from "./interrupts.js";
import { watchSuspension } from "./suspension.js";
import type { Session } from "./session.js";

/** What a command gives to the engine: its listener, and the signal that cancels it. */
export interface Watched {
  signal: AbortSignal;
  onEvent(event: RunEvent): void;
}

/** One command under a progress view and the user's signals. */
export interface Watch extends Watched {
  /** The exit code of the signal that came, or null. */
  code(): number | null;
  /** Takes the view away; afterwards the result can be printed. */
  end(): void;
}

/**
 * Opens the view of a command. The first signal cancels the command, the second ends the program.
 * @param doing what the command begins with, for the first frame.
 */
export async function watch(session: Session, doing: string): Promise<Watch> {
  const { signals } = session;
  const view = await openProgressView(session, doing);
  const abandon = () => view.abandon();
  const interrupts = watchInterrupts(signals, (code) => {
    killAllGroups();
    abandon();
    session.exitNow(code);
  });
  const { signal } = interrupts;
  signal.addEventListener("abort", () => view.stopping(), { once: true });
  const endSuspension = watchSuspension(signals, view);
  // An exception that nothing catches must not leave a terminal without a cursor.
  signals.on("uncaughtExceptionMonitor", abandon);
  signals.on("exit", abandon);
  return {
    signal,
    onEvent: (event) => view.show(event),
    code: () => interrupts.code(),
    end: () => {
      view.close();
      interrupts.end();
      endSuspension();
      signals.off("uncaughtExceptionMonitor", abandon);
      signals.off("exit", abandon);
    },
  };
}
