import { formatEnvironment } from "../../manifest/targets/target-environment.js";
import type { Action, PlanItem } from "../../plan/plan.js";
import { actionLine } from "./action-line.js";
import type { Palette } from "../terms/colour.js";

/** A plan as text: one line per target, then the totals. Quiet: only the conflicts. */
export function planLines(items: readonly PlanItem[], colours: Palette, quiet: boolean): string[] {
  const shown = quiet ? items.filter(({ action }) => action === "conflict") : items;
  const lines = shown.map(({ action, targetPath, environment, reasons }) => {
    const place = environment.kind === "local" ? targetPath : `${formatEnvironment(environment)} ${targetPath}`;
    return actionLine(action, place, reasons, colours);
  });
  if (quiet) return lines;
  const counts: Record<Action, number> = { create: 0, update: 0, noop: 0, conflict: 0, remove: 0 };
  for (const { action } of items) counts[action] += 1;
  const sum = Object.entries(counts).map(([action, count]) => `${action}=${count}`);
  return [...lines, `plan: ${sum.join(" ")}`];
}

/** The findings of a plan that cause exit code 3. */
export function planExitCode(items: readonly PlanItem[], rules: { strict: boolean; check: boolean }): 0 | 3 {
  const found = (wanted: (action: Action) => boolean) => items.some(({ action }) => wanted(action));
  if (rules.check && found((action) => action !== "noop")) return 3;
  return rules.strict && found((action) => action === "conflict") ? 3 : 0;
}
