import type { RunOptions } from "../../run/options.js";
import type { Report } from "../../run/report.js";
import type { SkillReactor } from "../../skill-reactor.js";
import type { EventStream } from "../outputs/event-stream.js";
import { exitCodeOfError } from "../terms/error-exit-code.js";
import { deliverReport } from "./deliver-report.js";
import type { RunOutputs } from "./run-outputs.js";
import type { Session } from "./session.js";
import { watch } from "./watch.js";

/**
 * Runs the engine under a view and the user's signals, and delivers its report.
 * @returns the exit code.
 */
export async function runReactor(
  options: RunOptions,
  session: Session,
  outputs: RunOutputs,
  run: (reactor: SkillReactor) => Promise<Report>,
): Promise<number> {
  for (const file of outputs.files) {
    const { checkReportFile } = await import("./write-report.js");
    await checkReportFile(file);
  }
  const events = await openEvents(outputs, session);
  // Standard output has nothing but events then.
  const shown = outputs.events === "-" ? { ...session, out: session.err, outColours: session.errColours } : session;
  // On one terminal, lines of events would be written into the live area.
  const isOneTerminal = outputs.events === "-" && session.out.sink.isTTY === true;
  const globals = { ...session.globals, ...(isOneTerminal && { progress: "none" as const }) };
  try {
    const { value, interruptCode } = await withReactor(options, { ...session, globals }, async (reactor) => {
      if (events !== null) reactor.on(events.take);
      return await run(reactor);
    });
    return await deliverReport(value, { session: shown, asked: options, interruptCode, outputs, events });
  } catch (error) {
    await events?.fail(error, exitCodeOfError(error));
    throw error;
  }
}

/** @throws EdenError if the file cannot be written. */
async function openEvents({ events }: RunOutputs, { out }: Session): Promise<EventStream | null> {
  if (events === null) return null;
  const { EventStream } = await import("../outputs/event-stream.js");
  return events === "-" ? EventStream.to(out) : await EventStream.toFile(events);
}

/**
 * Runs the engine under a view and the user's signals.
 * @param doing what the command begins with, for its view.
 * @returns what it gave, and the exit code of the signal that came, or null.
 */
export async function withReactor<T>(
  options: RunOptions,
  session: Session,
  run: (reactor: SkillReactor) => Promise<T>,
  doing = "Reading the manifest",
): Promise<{ value: T; interruptCode: number | null }> {
  const watched = await watch(session, doing);
  try {
    const { SkillReactor } = await import("../../skill-reactor.js");
    const { signal, onEvent } = watched;
    const value = await run(new SkillReactor({ ...options, signal, onEvent }));
    return { value, interruptCode: watched.code() };
  } finally {
    watched.end();
  }
}
