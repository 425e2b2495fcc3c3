import type { RunEvent } from "../apply/events.js";
import { sanitize } from "../errors.js";
import type { Palette } from "./colour.js";

/**
 * What a run wants its user to know besides the progress of repositories: warnings, a limit that fell, a broken budget, a wait. Nothing
 * for other events; errors are for the result.
 */
export function noticeLines(event: RunEvent, colours: Palette, verbose: boolean): string[] {
  switch (event.type) {
    case "notice":
      return event.severity === "error" ? [] : notice(event, colours);
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
