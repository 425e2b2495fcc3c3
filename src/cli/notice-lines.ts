import type { RunEvent } from "../apply/events.js";
import { sanitize } from "../errors.js";
import type { Palette } from "./colour.js";

/**
 * What a run wants its user to know besides the progress of repositories: warnings, a limit that fell, a broken budget, a wait. Nothing
 * for other events, nor for notices about the manifest, which are shown with their place before the run.
 */
export function noticeLines(event: RunEvent, colours: Palette, verbose: boolean): string[] {
  switch (event.type) {
    case "notice": {
      if (event.stage === "manifest" || (event.severity === "info" && !verbose)) return [];
      const label = event.severity === "warning" ? colours.odd(`warning[${event.code}]`) : `note[${event.code}]`;
      const about = event.skill === null ? "" : ` ${sanitize(event.skill)}`;
      const hint = event.hint === null ? [] : [`  hint: ${sanitize(event.hint)}`];
      return [`${label}${about}: ${sanitize(event.message)}`, ...hint];
    }
    case "limit-changed": {
      const change = `concurrency ${event.from} → ${event.to} (${event.governor}: ${sanitize(event.reason)})`;
      if (event.governor === "descriptors" && event.to < event.from) return [`${colours.odd("warning")}: ${change}`];
      return verbose ? [change] : [];
    }
    case "breached": {
      const { budget, limit, observed } = event.breach;
      const values = `${withUnit(observed, budget)} of ${withUnit(limit, budget)}`;
      return [`${colours.bad("budget broken")}: ${budget}, ${values}; the rest is cancelled`];
    }
    case "waiting":
      return [`waiting for ${sanitize(event.for)}, which process ${event.pid} is working on…`];
    default:
      return [];
  }
}

function withUnit(value: number, budget: "deadline" | "failures" | "download"): string {
  if (budget === "deadline") return `${(value / 1000).toFixed(1)}s`;
  return budget === "download" ? `${value} bytes` : `${value} failed`;
}
