import { EdenError } from "../errors.js";
import { integritiesOf, type DesiredContent, type PlanItem } from "../plan/plan.js";
import { haveSameContent, holdsContent, integrityOnDisk } from "../store/integrity.js";
import { recordOf, type OwnedTarget } from "../store/state.js";
import { isCopyOfGh } from "./gh-copy.js";
import { kindOf, lstatIfExists, readLinkIfAny, realPath, statIfExists } from "../system/read-files.js";
import type { ManifestSkill } from "../manifest/document/manifest.js";
import type { SyncResult } from "../sync/sync-result.js";
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
  await withManifestLock(manifest, context.lock(manifest.path), async () => {
    const machine = lookAtMachine(manifest, home, false);
    const { equal, left } = await lookAtTargets(machine, selected, results);
    const targets = {
      ...machine.state.targets,
      ...Object.fromEntries(equal.map(({ item, record }) => [item.targetPath, record])),
    };
    adoption.adopted = equal.map(({ item }) => ({ skill_id: item.skillId, target_path: item.targetPath }));
    adoption.skipped = left.map(({ id, reason, code }) => ({ id, reason, code }));
    if (equal.length > 0) openRecords(manifest).states.write({ ...machine.state, targets });
  });
  return adoption;
}

/** Targets that another tool installed. */
export interface ForeignTargets {
  /** Those with exactly the content of their skill, and their records. */
  equal: { item: PlanItem; record: OwnedTarget }[];
  /** The others, with reasons. */
  left: (SkippedEntry & { path: string })[];
}

/** Compares targets that are not ours with the content that their skills were synced to. */
export async function lookAtTargets(
  machine: Machine,
  skills: readonly ManifestSkill[],
  results: ReadonlyMap<string, SyncResult>,
): Promise<ForeignTargets> {
  const found: ForeignTargets = { equal: [], left: [] };
  for (const skill of skills) {
    const result = results.get(skill.id);
    if (result !== undefined && "error" in result) {
      found.left.push({ ...leftAlone(skill.id, result.error.code, result.error.message), path: "" });
      continue;
    }
    for (const item of planSkill(machine, skill, result?.synced.version ?? null)) {
      const isForeign = item.action === "noop" && machine.facts.ownedAt(item.targetPath) === null;
      if (item.action !== "conflict" && !isForeign) continue;
      const record = await adoptable(machine, item);
      if ("code" in record)
        found.left.push({ ...leftAlone(skill.id, record.code, record.reason), path: item.targetPath });
      else found.equal.push({ item, record });
    }
  }
  return found;
}

/** The record for an existing entry at a target, or why it does not become ours. */
async function adoptable(
  { facts }: Machine,
  { skillId, agents, targetPath: path, desired, failure }: PlanItem,
): Promise<OwnedTarget | { code: string; reason: string }> {
  if (failure !== null) return { code: failure.code, reason: failure.message };
  if (desired === null) return { code: "TARGET_CONFLICT", reason: `${path} has nothing to be compared with` };
  const other = facts.claimedByOther(path);
  if (other !== null) return { code: "TARGET_CONFLICT", reason: `${path} is managed by ${other}` };
  try {
    const stats = lstatIfExists(path);
    const isDirectory = stats !== null && statIfExists(path)?.isDirectory() === true;
    if (!isDirectory || !(await holds(realPath(path), desired)))
      return { code: "TARGET_MODIFIED", reason: edited(path) };
    const known = facts.ownedAt(path);
    const [links, integrities] =
      kindOf(stats) === "link" ? [[readLinkIfAny(path) ?? ""], []] : [[], integritiesAt(path, desired)];
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

/** The integrities by which a copy is recognised; a copy of gh has one of its own. */
function integritiesAt(path: string, desired: DesiredContent): string[] {
  const isExact = desired.kind === "store" && holdsContent(path, desired);
  return isExact ? integritiesOf(desired) : [integrityOnDisk(path)];
}

async function holds(directory: string, desired: DesiredContent): Promise<boolean> {
  if (desired.kind === "live") return haveSameContent(directory, desired.path);
  return holdsContent(directory, desired) || (await isCopyOfGh(directory, desired.path));
}

function edited(path: string): string {
  return `edited: not adopted; ${path} is not what its source has now`;
}

function leftAlone(id: string, code: string, reason: string): SkippedEntry {
  return { id, reason: reason.startsWith("edited") ? reason : `not adopted: ${reason}`, code };
}
