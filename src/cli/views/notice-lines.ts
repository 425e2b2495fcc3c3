import { isPinHeld, type RunEvent } from "../../run/events.js";
import { sanitize } from "../../errors.js";
import { oneLine } from "./one-line.js";
import type { Palette } from "../terms/colour.js";

/** Changes of a limit that are shown during a run; the result says how many more there were. */
export const MOST_CHANGES = 5;

/**
 * What a run wants its user to know besides the progress of repositories: warnings, a limit that
 * moved, an exceeded budget, a wait. Nothing for other events; errors are for the result.
 */
export class NoticeLines {
  #changes = 0;

  constructor(private readonly colours: Palette) {}

  /** Takes one event in. @returns what is to be said about it. */
  take(event: RunEvent): string[] {
    switch (event.type) {
      case "notice":
        return event.severity === "error" || isPinHeld(event) ? [] : notice(event, this.colours);
      case "limit-changed": {
        this.#changes += 1;
        if (this.#changes > MOST_CHANGES) return [];
        return [(event.to < event.from ? this.colours.odd : this.colours.faint)(change(event))];
      }
      case "breached": {
        const { budget, limit, observed } = event.breach;
        const values = `${withUnit(observed, budget)} of ${withUnit(limit, budget)}`;
        return [`${this.colours.bad("budget exceeded")}: ${budget}, ${values}; the rest is cancelled`];
      }
      case "waiting":
        return [`waiting for ${sanitize(event.for)}, which process ${event.pid} is working on…`];
      default:
        return [];
    }
  }
}

/**
 * `concurrency 20 → 15 (descriptors: EMFILE)`; the limit of one host, whose reason begins with its
 * name, is not that of the run.
 */
function change({ from, to, governor, reason }: Extract<RunEvent, { type: "limit-changed" }>): string {
  const text = oneLine(reason);
  const [, host, why] = /^(\S+): (.*)$/u.exec(text) ?? [];
  if (governor === "throttle" && host !== undefined) return `host ${host}: ${from} → ${to} at once (${why})`;
  return `concurrency ${from} → ${to} (${governor}: ${text})`;
}

function notice(event: Extract<RunEvent, { type: "notice" }>, colours: Palette): string[] {
  const { severity, code, skill, message, hint } = event;
  const label = severity === "warning" ? colours.odd(`warning[${code}]`) : `note[${code}]`;
  // One that concerns no skill begins with what it concerns: `reactor.retrys: unknown key`.
  const about = skill === null ? sanitize(message.replace(/^: /, "")) : `${sanitize(skill)}: ${sanitize(message)}`;
  return [`${label} ${about}`, ...(hint === null ? [] : [`  hint: ${sanitize(hint)}`])];
}

function withUnit(value: number, budget: "deadline" | "failures" | "download"): string {
  if (budget === "deadline") return `${(value / 1000).toFixed(1)}s`;
  return budget === "download" ? `${value} bytes` : `${value} failed`;
}
