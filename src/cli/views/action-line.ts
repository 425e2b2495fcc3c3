import { sanitize } from "../../errors.js";
import type { Action } from "../../plan/plan.js";
import type { Palette } from "../terms/colour.js";

const SIGNS: Record<Action, string> = { create: "+", update: "~", noop: "=", conflict: "!", remove: "-" };

/**
 * `+ create   /home/me/.claude/skills/web-design (not there yet)`: one target, what is done to it,
 * and why.
 */
export function actionLine(
  action: Action | "failed",
  path: string,
  reasons: readonly string[],
  colours: Palette,
): string {
  const sign = action === "failed" ? "x" : SIGNS[action];
  const word = toneOf(action, colours)(`${sign} ${action.padEnd(8)}`);
  const why = reasons.length === 0 ? "" : ` (${oneLine(reasons.join("; "))})`;
  return `${word} ${oneLine(path)}${why}`;
}

/** Foreign text on one line, safe to print. */
export function oneLine(text: string): string {
  return sanitize(text)
    .replace(/\s*\n\s*/g, " | ")
    .replaceAll("\t", " ");
}

function toneOf(action: Action | "failed", colours: Palette): (text: string) => string {
  if (action === "create") return colours.good;
  if (action === "noop") return colours.faint;
  return action === "conflict" || action === "failed" ? colours.bad : colours.odd;
}
