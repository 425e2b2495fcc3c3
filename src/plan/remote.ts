import { EdenError, sanitize } from "../errors.js";
import { describeEnvironment, type RemoteEnvironment } from "../manifest/targets/target-environment.js";
import { decide, decideRemoval, type Owned, type Situation } from "./decide.js";
import type { Observed } from "./observe.js";
import type { DesiredContent, PlanItem } from "./plan.js";

/** What was seen at a target in a container or on a host. */
export interface SeenTarget {
  observed: Observed;
  /** Our record there; null if there is none. */
  owned: Owned | null;
  /** The other manifest with a record for it, or null. */
  claimedBy: string | null;
}

/** A target, or why it could not be seen; null if it was not looked at. */
export type Sight = SeenTarget | EdenError | null;

/** An item of a plan before its decision. */
export type Undecided = Omit<PlanItem, "action" | "reasons">;

/** Decides the action for a target in a container or on a host; it is always a copy. */
export function planRemoteTarget(item: Undecided, sight: Sight, force: boolean): PlanItem {
  const unseen = planUnseen(item, sight);
  if (unseen !== null) return unseen;
  const decision = decide(situationOf(sight as SeenTarget, item.desired, force));
  return { ...item, ...decision, reasons: decision.reasons.map(sanitize) };
}

/**
 * The same for a target that the manifest no longer wants. With force a target that cannot be
 * reached is given up.
 * @param reason why it is not wanted.
 * @returns an item, or why it is left alone (null: it does not exist).
 */
export function planRemoteRemoval(
  item: Undecided,
  sight: Sight,
  { reason, force }: { reason: string; force: boolean },
): PlanItem | { left: string | null } {
  const unseen = planUnseen(item, sight);
  if (unseen !== null) return unseen;
  const decision = decideRemoval(situationOf(sight as SeenTarget, null, force));
  if (decision.action === "none") return { left: decision.left === null ? null : sanitize(decision.left) };
  const { action, backup } = decision;
  return { ...item, action, backup, reasons: backup ? [reason, "it was edited"] : [reason] };
}

function planUnseen(item: Undecided, sight: Sight): PlanItem | null {
  if (sight === null) {
    const where = describeEnvironment(item.environment as RemoteEnvironment);
    return { ...item, action: "unknown", reasons: [`in ${where}`] };
  }
  if (!(sight instanceof EdenError)) return null;
  return { ...item, action: "unknown", reasons: [sanitize(sight.message)], failure: sight };
}

function situationOf(seen: SeenTarget, desired: DesiredContent | null, force: boolean): Situation {
  return {
    desired,
    force,
    installMode: "copy",
    observed: seen.observed,
    owned: seen.owned,
    // A link there is never ours.
    destinationOf: (text) => text,
    isStoreLink: () => false,
    claimedBy: () => seen.claimedBy,
  };
}
