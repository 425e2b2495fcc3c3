import { formatBytes } from "../terms/bytes.js";
import type { Palette } from "../terms/colour.js";
import { activityText, spanText } from "./repository-text.js";
import type { RunProgress } from "./run-progress.js";
import { fit, joinFitting, widthOf, type Part } from "./width.js";

const LONGEST_BAR = 32;
const SHORTEST_BAR = 8;

/** What a step is called while it goes on. */
export const STEPS = {
  source: "Looking at sources",
  collections: "Looking up collections",
  registries: "Updating registries",
  upstream: "Asking for new commits",
  sync: "Syncing",
  install: "Installing",
} as const;

interface Room {
  /** Columns. */
  width: number;
  now: number;
}

/** The first line of a frame: what goes on, and how far it is; null while nothing runs. */
export function headOf(progress: RunProgress, room: Room, colours: Palette): string | null {
  const { step, repositories } = progress;
  if (step === null) return null;
  if (progress.isStopping) return colours.odd(fit(stoppingText(progress), room.width));
  if (progress.waitsFor !== null)
    return colours.odd(fit(withTime(`Waiting for ${progress.waitsFor}`, progress, room.now), room.width));
  if (step.kind === "other") return fit(withTime(step.text, progress, room.now), room.width);
  if (step.kind === "install") {
    const { ended, total } = progress.targets;
    return barLine(
      STEPS.install,
      { done: ended, total, parts: [{ text: counted(ended, total, "target"), rank: 0 }] },
      room,
      colours,
    );
  }
  const [only] = repositories.values();
  if (repositories.size === 0) return fit(withTime(STEPS[step.kind], progress, room.now), room.width);
  if (repositories.size === 1 && only !== undefined) {
    const what = {
      source: "Looking at",
      sync: "Syncing",
      collections: "Looking up",
      registries: "Updating",
      upstream: "Asking",
    };
    return fit(
      `${what[step.kind]} ${only.name}: ${only.hasEnded ? only.doing.kind : activityText(only, room.now)}`,
      room.width,
    );
  }
  const { ended } = progress;
  const noun = step.kind === "registries" ? "registry" : "repository";
  const rate = progress.rate.perSecond(room.now);
  const left = secondsLeft(progress, room.now);
  const parts: [Part, ...Part[]] = [
    { text: counted(ended, repositories.size, noun), rank: 0 },
    { text: progress.bytes === 0 ? "" : formatBytes(progress.bytes), rank: 1 },
    { text: rate === null || rate < 1 ? "" : `${formatBytes(Math.round(rate))}/s`, rank: 3 },
    { text: left === null ? "" : `~${spanText(left)} left`, rank: 2 },
  ];
  return barLine(STEPS[step.kind], { done: ended, total: repositories.size, parts }, room, colours);
}

/** What is said after the first interrupt. */
export function stoppingText(progress: RunProgress): string {
  const count = progress.repositories.size - progress.ended;
  const what = count === 0 ? "Stopping" : `Stopping, ${count} being cancelled`;
  return `${what}; Ctrl-C again to stop now`;
}

/** `12 of 45 repositories`. */
export function counted(done: number, total: number, noun: "repository" | "registry" | "target"): string {
  const word = total === 1 ? noun : noun === "target" ? "targets" : noun.replace(/y$/u, "ies");
  return `${done} of ${total} ${word}`;
}

/**
 * Title, bar and numbers. The bar is as long as the screen allows; on a narrow one there is none,
 * and then no noun.
 */
function barLine(
  title: string,
  { done, total, parts }: { done: number; total: number; parts: readonly [Part, ...Part[]] },
  { width }: Room,
  colours: Palette,
): string {
  const length = Math.min(LONGEST_BAR, Math.floor(width / 4) - 8);
  const full = total === 0 ? 0 : Math.floor((done / total) * length);
  const bar = length < SHORTEST_BAR ? "" : colours.good("━".repeat(full)) + colours.faint("─".repeat(length - full));
  const left = width - widthOf(title) - 1 - (bar === "" ? 0 : length + 1);
  const [first, ...others] = parts;
  const short = { ...first, text: `${done} of ${total}` };
  const numbers = joinFitting(widthOf(first.text) <= left ? parts : [short, ...others], left);
  if (left < widthOf(short.text)) return fit(short.text, width);
  return [colours.strong(title), bar, numbers].filter((text) => text !== "").join(" ");
}

function withTime(text: string, { stepAt }: RunProgress, now: number): string {
  const seconds = Math.floor((now - stepAt) / 1000);
  return seconds < 2 ? `${text}…` : `${text}… ${spanText(seconds)}`;
}

/** By how long the repositories took so far; null as long as that says little. */
function secondsLeft(progress: RunProgress, now: number): number | null {
  const { ended, repositories } = progress;
  const elapsed = (now - progress.stepAt) / 1000;
  if (ended < 5 || elapsed < 3 || ended === repositories.size) return null;
  return Math.max(1, Math.round((elapsed / ended) * (repositories.size - ended)));
}
