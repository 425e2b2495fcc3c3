import { EdenError } from "../errors.js";
import { integritiesOf, type DesiredContent, type PlanItem } from "../plan/plan.js";
import { haveSameContent, holdsContent, integrityOnDisk } from "../store/integrity.js";
import { recordOf, type OwnedTarget } from "../store/state.js";
import { kindOf, lstatIfExists, readLinkIfAny, realPath, statIfExists } from "../system/read-files.js";
import { lookAtMachine, type Machine } from "../workspace/machine.js";
import { planSkill } from "../deploy/plan-machine.js";
import { syncRun } from "../apply/pipeline.js";
import type { RunContext } from "../run/run-context.js";
import type { Job } from "../workspace/job.js";
import { withManifestLock } from "../workspace/manifest-lock.js";
import type { SkippedEntry } from "./skipped-entry.js";
import { openRecords } from "../store/records.js";

/** A target that another tool installed and that is ours from now on. */
export interface AdoptedTarget {
  skill_id: string;
  target_path: string;
}

/** The result of an adoption. */
export interface Adoption {
  adopted: AdoptedTarget[];
  /** Targets that were left alone, with reasons. */
  skipped: SkippedEntry[];
}

/**
 * Makes targets ours whose content is exactly what the manifest wants: brings the skills into the
 * store, compares, and records equal targets, so that the next apply replaces them. No target is
 * changed.
 * @throws EdenError as `look`.
 */
export async function adoptRun(context: RunContext, job: Job): Promise<Adoption> {
  const pace = { batchSize: 32, batchPauseMs: 0 };
  const { machine: looked, selected, results } = await syncRun(context, job, { pace });
  const { manifest, home } = looked;
  const adoption: Adoption = { adopted: [], skipped: [] };
  await withManifestLock(manifest, context.lock(manifest.path), () => {
    const machine = lookAtMachine(manifest, home, false);
    const targets = { ...machine.state.targets };
    for (const skill of selected) {
      const result = results.get(skill.id);
      if (result !== undefined && "error" in result) {
        adoption.skipped.push(leftAlone(skill.id, result.error.code, result.error.message));
        continue;
      }
      for (const item of planSkill(machine, skill, result?.synced.version ?? null)) {
        const isForeign = item.action === "noop" && machine.facts.ownedAt(item.targetPath) === null;
        if (item.action !== "conflict" && !isForeign) continue;
        const found = adoptable(machine, item);
        if ("code" in found) adoption.skipped.push(leftAlone(skill.id, found.code, found.reason));
        else {
          targets[item.targetPath] = found;
          adoption.adopted.push({ skill_id: skill.id, target_path: item.targetPath });
        }
      }
    }
    if (adoption.adopted.length > 0) openRecords(manifest).states.write({ ...machine.state, targets });
  });
  return adoption;
}

/** The record for an existing entry at a target, or why it does not become ours. */
function adoptable(
  { facts }: Machine,
  { skillId, agents, targetPath: path, desired, failure }: PlanItem,
): OwnedTarget | { code: string; reason: string } {
  if (failure !== null) return { code: failure.code, reason: failure.message };
  if (desired === null) return { code: "TARGET_CONFLICT", reason: `${path} has nothing to be compared with` };
  const other = facts.claimedByOther(path);
  if (other !== null) return { code: "TARGET_CONFLICT", reason: `${path} is managed by ${other}` };
  try {
    const stats = lstatIfExists(path);
    const isDirectory = stats !== null && statIfExists(path)?.isDirectory() === true;
    if (!isDirectory || !holds(realPath(path), desired)) return { code: "TARGET_MODIFIED", reason: edited(path) };
    const known = facts.ownedAt(path);
    const [links, integrities] =
      kindOf(stats) === "link"
        ? [[readLinkIfAny(path) ?? ""], []]
        : [[], desired.kind === "store" ? integritiesOf(desired) : [integrityOnDisk(path)]];
    return recordOf(path, {
      skill: skillId,
      agents,
      links: [...new Set([...(known?.links ?? []), ...links])],
      integrities: [...new Set([...(known?.integrities ?? []), ...integrities])],
    });
  } catch (error) {
    if (!(error instanceof EdenError)) throw error;
    return { code: error.code, reason: error.message };
  }
}

function holds(directory: string, desired: DesiredContent): boolean {
  return desired.kind === "store" ? holdsContent(directory, desired) : haveSameContent(directory, desired.path);
}

function edited(path: string): string {
  return `edited: not adopted; ${path} is not what its source has now`;
}

function leftAlone(id: string, code: string, reason: string): SkippedEntry {
  return { id, reason: reason.startsWith("edited") ? reason : `not adopted: ${reason}`, code };
}
