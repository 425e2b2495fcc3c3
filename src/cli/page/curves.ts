import type { Report } from "../../run/report.js";
import type { Curves } from "./curve-data.js";
import type { Lane } from "./lanes.js";

/**
 * The number of tasks in flight, and the limit of the run. A task is in flight while an attempt
 * lasts; a directory of targets, from its first target to its last.
 */
export function curvesOf(report: Report, repositories: readonly Lane[], directories: readonly Lane[]): Curves {
  const deltas = new Map<number, number>();
  const add = (at: number, delta: number) => void deltas.set(at, (deltas.get(at) ?? 0) + delta);
  for (const [from, to] of [...repositories.flatMap(attemptsOf), ...directories.map(extentOf)]) {
    add(from, 1);
    add(to, -1);
  }
  const changed = limitChanges(report);
  const limits = new Map(changed.map(({ at_ms, to }) => [at_ms, to]));
  const times = [...new Set([0, ...deltas.keys(), ...limits.keys(), report.elapsed_ms])].toSorted((a, b) => a - b);
  const curves: Curves = { times, inFlight: [], limit: [], changes: [] };
  let inFlight = 0;
  let limit = changed[0]?.from ?? report.concurrency.final;
  for (const time of times) {
    inFlight += deltas.get(time) ?? 0;
    limit = limits.get(time) ?? limit;
    curves.inFlight.push(inFlight);
    curves.limit.push(limit);
    curves.changes.push(limits.get(time) ?? null);
  }
  return curves;
}

/** Changes of the run's limit, without those that concern a single host. */
export function limitChanges({ concurrency }: Report): Report["concurrency"]["adjustments"] {
  return concurrency.adjustments.filter(({ governor }) => governor !== "throttle");
}

/** From where to where each attempt lasts: its spans follow each other. */
function attemptsOf({ spans }: Lane): [number, number][] {
  const attempts: [number, number][] = [];
  for (const { from, to, kind } of spans) {
    if (kind === "queue" || kind === "pause") continue;
    const last = attempts.at(-1);
    if (kind === "write" && last !== undefined && last[1] === from) last[1] = to;
    else attempts.push([from, to]);
  }
  return attempts;
}

function extentOf({ spans }: Lane): [number, number] {
  return [Math.min(...spans.map(({ from }) => from)), Math.max(...spans.map(({ to }) => to))];
}
