import { EdenError, sanitize } from "../errors.js";
import type { PlanItem } from "../plan/plan.js";
import { readLinkIfAny } from "../system/read-files.js";
import type { Machine } from "../workspace/machine.js";

/**
 * For `--frozen`: the failure of a damaged target, which we would otherwise skip or replace
 * silently: a target of ours that was changed; on a machine without any record, every entry at a
 * target of the lockfile that differs from it. null for everything else: an entry that was never
 * ours is a conflict as in every run, and with force the user asked for the replacement.
 */
export function damageOf(machine: Machine, item: PlanItem): EdenError | null {
  const { failure, backup, targetPath, environment } = item;
  if (failure !== null || backup) return null;
  const why = environment.kind === "local" ? whyDamaged(machine, item) : item.isEdited ? item.reasons.join("; ") : null;
  if (why === null) return null;
  return new EdenError("INTEGRITY_MISMATCH", sanitize(`${targetPath} is not what the lockfile records: ${why}`), {
    stage: "verify",
    path: targetPath,
    hint: "Keep what you want of it elsewhere, then run `eden-skills apply --frozen --force`, which moves it to the backups.",
  });
}

/** The item of a plan under `--frozen`. */
export function damagedItem(machine: Machine, item: PlanItem): PlanItem {
  const failure = damageOf(machine, item);
  return failure === null ? item : { ...item, action: "conflict", reasons: [failure.message], failure };
}

function whyDamaged(machine: Machine, item: PlanItem): string | null {
  if (item.action === "conflict") return whyConflict(machine, item);
  return item.action === "update" ? whyOther(machine, item) : null;
}

function whyConflict({ facts, state, isRecorded }: Machine, { targetPath, reasons }: PlanItem): string | null {
  if (facts.claimedByOther(targetPath) !== null) return null;
  return Object.hasOwn(state.targets, targetPath) || !isRecorded ? reasons.join("; ") : null;
}

/** A link into the store counts as ours; with `--frozen` only the one that we created. */
function whyOther({ facts }: Machine, { targetPath }: PlanItem): string | null {
  const text = readLinkIfAny(targetPath);
  const owned = facts.ownedAt(targetPath);
  if (text === null || owned === null || owned.links.includes(text)) return null;
  return `its link was turned to ${text}`;
}
