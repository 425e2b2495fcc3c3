import type { Palette } from "../terms/colour.js";
import { headOf } from "./frame-head.js";
import { activityText } from "./repository-text.js";
import type { RepositoryState } from "./repository-state.js";
import type { RunProgress } from "./run-progress.js";
import { fill, fit, joinFitting, widthOf } from "./width.js";

/** The most rows of a frame: more is not read. */
const MOST_ROWS = 24;

/** A frame without its spinner, so that an unchanged one is recognised. */
export interface Frame {
  /** The first line; the spinner stands before it. */
  head: string;
  rest: string[];
}

/**
 * What a run shows of itself on a screen of this size: one line at least, and one less than the
 * screen has; null while nothing runs.
 */
export function frameOf(
  progress: RunProgress,
  screen: { columns: number; rows: number },
  now: number,
  colours: Palette,
): Frame | null {
  // A character in the last column may make some terminals erase it.
  const width = Math.max(1, screen.columns - 1);
  const most = Math.max(1, Math.min(MOST_ROWS, screen.rows - 1));
  const head = headOf(progress, { width: width - 2, now }, colours);
  if (head === null) return null;
  const foot = footOf(progress, width, colours);
  const active = progress.repositories.size > 1 ? progress.active : [];
  const room = most - 1 - (foot === null ? 0 : 1);
  const shown = active.length <= room ? active : mostTelling(active, Math.max(0, room - 1));
  const hidden = active.length - shown.length;
  const names = Math.min(Math.max(0, ...shown.map(({ name }) => widthOf(name))), Math.floor(width * 0.4));
  const rows = shown.map((one) => rowOf(one, { names, width, now }, colours));
  if (hidden > 0 && room > 0) rows.push(colours.faint(fit(`  and ${hidden} more at work`, width)));
  return { head, rest: [...rows, ...(foot === null || most < 2 ? [] : [foot])] };
}

/**
 * So many of the active repositories, in their order. Those that wait come last in it; a third of the
 * rows is theirs all the same, since they say why the run takes longer.
 */
function mostTelling(active: readonly RepositoryState[], count: number): RepositoryState[] {
  const late = active.filter(isLate);
  const kept = Math.min(late.length, count < 2 ? 0 : Math.max(1, Math.floor(count / 3)));
  const working = active.filter((one) => !isLate(one)).slice(0, count - kept);
  return [...working, ...late.slice(0, count - working.length)];
}

function isLate({ doing }: RepositoryState): boolean {
  return doing.kind === "retrying" || doing.kind === "locked";
}

function rowOf(
  repository: RepositoryState,
  { names, width, now }: { names: number; width: number; now: number },
  colours: Palette,
): string {
  // On a narrow screen the blanks of a column are worth more than its order.
  const name = width < 40 ? fit(repository.name, Math.ceil((width - 2) / 2)) : fill(repository.name, names);
  const left = width - 2 - widthOf(name) - 1;
  const text = fit(activityText(repository, now), left);
  if (text === "") return `  ${name}`;
  return `  ${name} ${isLate(repository) ? colours.odd(text) : colours.faint(text)}`;
}

/** Queued ones, failures, the limit and why it changed. */
function footOf(progress: RunProgress, width: number, colours: Palette): string | null {
  const { limit, limitChange } = progress;
  const queued = progress.count("queued");
  const failed = progress.step?.kind === "install" ? progress.targets.failed : progress.count("failed");
  const limitText = limitChange ?? (limit !== null && queued > 0 ? `at most ${limit} at once` : "");
  const parts = [
    { text: queued > 0 ? `${queued} queued` : "", rank: 1 },
    { text: failed > 0 ? `${failed} failed` : "", rank: 0 },
    { text: progress.isStopping ? "" : limitText, rank: 2 },
  ];
  const text = joinFitting(parts, width - 2);
  return text === "" ? null : `  ${failed > 0 ? colours.odd(text) : colours.faint(text)}`;
}
