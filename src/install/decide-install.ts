import { decide } from "../apply/decide.js";
import type { Synced } from "../apply/synced.js";
import { plannedItems, type Decision } from "../deploy/decision.js";
import { cancelTargets, reportConflicts } from "../deploy/report-targets.js";
import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import { asEdenError } from "../reactor/task-failure.js";
import { isFaultOfSkill } from "../run/failure-kind.js";
import type { RunContext } from "../run/run-context.js";

/** How an install changes its manifest. */
export interface ManifestWriter {
  /** True when skills that are unsafe, or in conflict, are left out; else they keep all others from being installed. */
  isLenient: boolean;
  /**
   * Writes the manifest with these skills; called right before the first target is touched. When it throws, nothing is installed.
   * @returns the manifest as it was written.
   */
  write(ids: readonly string[]): Promise<Manifest>;
}

/**
 * What an install goes on with: everything or nothing, or what can be installed. The manifest is written then.
 * @returns null when nothing is installed; why is reported.
 */
export async function decideInstall(
  context: RunContext,
  synced: Synced,
  { isLenient, write }: ManifestWriter,
): Promise<Decision | null> {
  const decision = decide(context, synced);
  if (decision === null) return null;
  const { selected, versions, machine } = decision;
  if ([...synced.results.values()].some((result) => "error" in result && !isFaultOfSkill(result.error))) {
    cancelTargets(context, decision, "another skill could not be had");
    return null;
  }
  const blocked = conflictsAmong(decision);
  if (!isLenient && blocked.size > 0) {
    reportConflicts(context, decision, "another skill's target is in conflict, and nothing was installed");
    return null;
  }
  const isBlocked = ({ id }: ManifestSkill) => blocked.has(id);
  const conflicts = { ...decision, selected: selected.filter(isBlocked) };
  reportConflicts(context, conflicts, "another target of this skill is in conflict");
  const kept = selected.filter((skill) => versions.has(skill.id) && !isBlocked(skill));
  if (kept.length === 0) return null;
  const ids = kept.map(({ id }) => id);
  try {
    const written = await write(ids);
    if (kept.length === selected.length) return decision;
    const left = new Set(selected.filter((skill) => !kept.includes(skill)).map(({ id }) => id));
    const manifest = withRepositories(written, machine.manifest, left);
    return { ...decision, machine: { ...machine, manifest }, selected: kept, scope: new Set(ids) };
  } catch (error) {
    const { code, message, facts } = asEdenError(error);
    const { stage = "manifest", hint = null } = facts;
    context.notice({ severity: "error", code, stage, message, hint });
    return null;
  }
}

/** The written manifest, in which skills of registries have the repositories that the run knows. A skill that was left out is as before. */
function withRepositories(written: Manifest, { skills: complete }: Manifest, left: ReadonlySet<string>): Manifest {
  const known = new Map(complete.map((skill) => [skill.id, skill]));
  const skills = written.skills.map((skill) => (left.has(skill.id) ? skill : (known.get(skill.id) ?? skill)));
  return { ...written, skills };
}

/** The ids of skills with a target in conflict. */
function conflictsAmong(decision: Decision): Set<string> {
  const items = plannedItems(decision);
  return new Set(items.filter(({ action }) => action === "conflict").map(({ skillId }) => skillId));
}
