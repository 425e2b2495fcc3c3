import { cancelTargets } from "../deploy/report-targets.js";
import type { Decision } from "../deploy/decision.js";
import { CANCELLED_BY_CALLER } from "../run/cancellations.js";
import type { SkillVersion } from "../run/events.js";
import type { RunContext } from "../run/run-context.js";
import { holdBack } from "./hold-back.js";
import type { Synced } from "./synced.js";

/**
 * Selects the synced skills for Phase B: without skills that the caller cancelled or that an update
 * must hold back; with `--atomic` all or nothing.
 * @returns null if nothing is to be installed; the targets are then reported as cancelled.
 */
export function decide(context: RunContext, synced: Synced): Decision | null {
  const { machine, selected, scope, former, results } = synced;
  const { signal, settings, cancellations } = context;
  let versions = syncedVersions(synced);
  const unwanted = selected.filter(({ id }) => cancellations.has(id));
  cancelTargets(context, { machine, selected: unwanted, versions }, CANCELLED_BY_CALLER);
  for (const { id } of unwanted) versions.delete(id);
  if (settings.update && !settings.force && !signal.aborted) versions = holdBack(context, synced, versions);
  const decision = { machine, selected, scope, former, versions };
  const isLess = settings.atomic && results.size > versions.size;
  const reason = signal.aborted ? "interrupted" : isLess ? `--atomic: ${whyLess(context, synced)}` : null;
  if (reason === null) return decision;
  cancelTargets(context, decision, reason);
  return null;
}

/** Why not every skill is to be installed. */
function whyLess({ cancellations }: RunContext, { results }: Synced): string {
  const isFailed = [...results].some(([id, result]) => "error" in result && !cancellations.has(id));
  if (isFailed) return "another source failed";
  const isCancelled = [...results.keys()].some((id) => cancellations.has(id));
  return isCancelled ? "another skill was cancelled" : "another skill was held back";
}

/** The resolutions of the synced skills. */
export function syncedVersions({ results }: Synced): Map<string, SkillVersion> {
  return new Map(
    [...results].flatMap(([id, result]) => ("synced" in result ? [[id, result.synced.version] as const] : [])),
  );
}
