import { foldReport } from "../run/report-fold.js";
import type { Report } from "../run/report.js";
import type { RunContext } from "../run/run-context.js";
import { peakMemoryMb } from "../system/machine.js";
import type { Looked } from "./look.js";

/** The report of a completed run. */
export function reportOf(
  { events, command, signal, clock }: RunContext,
  { machine, selected, before }: Looked,
): Report {
  return foldReport(events, {
    command,
    manifest: machine.manifest,
    skills: selected,
    before,
    interrupted: signal.aborted,
    elapsedMs: clock.now(),
    peakRssMb: peakMemoryMb(),
  });
}
