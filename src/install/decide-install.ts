import { decide } from "../apply/decide.js";
import type { Synced } from "../apply/synced.js";
import { plannedItems, type Decision } from "../deploy/decision.js";
import { cancelTargets, reportConflicts } from "../deploy/report-targets.js";
import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import { isFaultOfSkill } from "../run/failure-kind.js";
import { errorNotice } from "../run/notice.js";
import type { RunContext } from "../run/run-context.js";
import type { Machine } from "../workspace/machine.js";

/** The change of the manifest by an install. */
export interface ManifestWriter {
  /** True if unsafe or conflicting skills are left out; else they prevent the whole install. */
  isLenient: boolean;
  /**
   * Writes the manifest with these skills; called directly before the first target is changed. If
   * it throws, nothing is installed.
   * @returns the written manifest.
   */
  write(ids: readonly string[]): Promise<Manifest>;
  /**
   * The state of the machine under the lock of the manifest.
   * @throws EdenError `MANIFEST_CHANGED` if the manifest changed since it was read.
   */
  lookAgain(machine: Machine): Promise<Machine>;
}

/**
 * Selects the skills to install: all or nothing, or all possible ones; then writes the manifest.
 * @returns null if nothing is installed; the reason is reported.
 */
export async function decideInstall(
  context: RunContext,
  synced: Synced,
  writer: ManifestWriter,
): Promise<Decision | null> {
  const decision = decide(context, synced);
  if (decision === null) return null;
  if ([...synced.results.values()].some((result) => "error" in result && !isFaultOfSkill(result.error))) {
    cancelTargets(context, decision, "another skill could not be fetched");
    return null;
  }
  try {
    return await writeInstallable(context, await withoutStaleConflicts(decision, writer), writer);
  } catch (error) {
    context.notice(errorNotice(error, "manifest"));
    return null;
  }
}

/** A conflict counts if it is seen under the lock: another process may have installed the target during the sync. */
async function withoutStaleConflicts(decision: Decision, { lookAgain }: ManifestWriter): Promise<Decision> {
  if (conflictsAmong(decision).size === 0) return decision;
  return { ...decision, machine: await lookAgain(decision.machine) };
}

async function writeInstallable(
  context: RunContext,
  decision: Decision,
  { isLenient, write }: ManifestWriter,
): Promise<Decision | null> {
  const { selected, versions, machine } = decision;
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
  const written = await write(ids);
  if (kept.length === selected.length) return decision;
  const left = new Set(selected.filter((skill) => !kept.includes(skill)).map(({ id }) => id));
  const manifest = withRepositories(written, machine.manifest, left);
  return { ...decision, machine: { ...machine, manifest }, selected: kept, scope: new Set(ids) };
}

/**
 * The written manifest, with the repositories that the run knows for skills of registries. A skill
 * that was left out is unchanged.
 */
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
