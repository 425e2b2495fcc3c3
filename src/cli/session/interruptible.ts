import { errorCode } from "../../errors.js";
import { killAllGroups } from "../../system/process-groups.js";
import { watchInterrupts } from "./interrupts.js";
import { formatJson } from "../views/json-view.js";
import { errorDocument } from "../views/problem-view.js";
import type { Session } from "./session.js";

/**
 * Runs a network command that has no progress view. The first signal cancels it, the second ends
 * the program.
 * @returns the exit code; that of the signal, if there was one.
 */
export async function interruptible(session: Session, run: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const interrupts = watchInterrupts(session.signals, (code) => {
    killAllGroups();
    session.exitNow(code);
  });
  try {
    const code = await run(interrupts.signal);
    return interrupts.code() ?? code;
  } catch (error) {
    const code = interrupts.code();
    if (code === null || errorCode(error) !== "CANCELLED") throw error;
    if (session.globals.json) session.out.raw(`${formatJson(errorDocument(error, code))}\n`);
    return code;
  } finally {
    interrupts.end();
  }
}
