import { isDeepStrictEqual } from "node:util";
import type { Owned } from "../plan/decide.js";
import { integritiesOf, type DesiredContent, type PlanItem } from "../plan/plan.js";
import { recordOf, type MachineState, type OwnedTarget } from "../store/state.js";
import { lstatIfExists } from "../system/read-files.js";
import { keyOfPlace } from "../remote-targets/remote-place.js";
import type { Machine } from "../workspace/machine.js";

/**
 * The new state: before an install with all possible contents, after it with the installed ones.
 * Existing correct content is recorded only if it was ours before. A target without work was looked
 * at before the lock was taken: all its contents stay, since another process may have changed it
 * and have been killed.
 * @param items results; before an install, the planned items.
 * @param done the items that were carried out; null before an install.
 */
export function nextState(
  machine: Machine,
  items: readonly PlanItem[],
  done: ReadonlySet<PlanItem> | null,
  forget: readonly string[],
): MachineState {
  const { manifest, state, facts } = machine;
  const targets: MachineState["targets"] = Object.assign(Object.create(null), state.targets);
  for (const path of forget) delete targets[path];
  for (const item of items) {
    const { targetPath, desired, action, environment } = item;
    if (environment.kind !== "local") continue;
    if (action === "remove") {
      if (done?.has(item) === true) delete targets[targetPath];
      continue;
    }
    if (desired === null || action === "conflict") continue;
    const wanted = wantedRecord(item, desired);
    const isDone = done?.has(item) === true;
    if (action === "noop" && !isIn(facts.ownedAt(targetPath), wanted)) continue;
    if (done !== null && !isDone && lstatIfExists(targetPath) === null) {
      delete targets[targetPath];
      continue;
    }
    const before = isDone ? null : facts.ownedAt(targetPath);
    const target = recordOf(targetPath, before === null ? wanted : both(before, wanted));
    if (!isDeepStrictEqual(targets[targetPath], target)) targets[targetPath] = target;
  }
  const remote = nextRemote(machine, items, done, forget);
  return { version: 1, manifest: manifest.path, targets, ...(Object.keys(remote).length > 0 && { remote }) };
}

/** Before an install each target that it may create; after it those that may still exist. */
function nextRemote(
  { state, facts }: Machine,
  items: readonly PlanItem[],
  done: ReadonlySet<PlanItem> | null,
  forget: readonly string[],
): NonNullable<MachineState["remote"]> {
  const remote = { ...state.remote };
  for (const key of forget) delete remote[key];
  for (const { environment, targetPath: path, skillId: skill, agents, action, ...item } of items.map((one) => ({
    ...one,
    isDone: done?.has(one) === true,
  }))) {
    if (environment.kind === "local") continue;
    const key = keyOfPlace({ environment, path });
    const sight = facts.sightOf({ environment, path });
    const isOurs = sight !== null && "owned" in sight && sight.owned !== null;
    if (action === "remove" && item.isDone) delete remote[key];
    else if (action === "create" || action === "update" || (action === "noop" && isOurs))
      remote[key] = { skill, agents };
  }
  return remote;
}

function wantedRecord({ skillId, agents, installMode }: PlanItem, desired: DesiredContent): OwnedTarget {
  const links = installMode === "symlink" ? [desired.link] : [];
  const integrities = installMode === "copy" ? integritiesOf(desired) : [];
  return { skill: skillId, agents, links, integrities };
}

function both(before: Owned, wanted: OwnedTarget): OwnedTarget {
  return {
    ...wanted,
    links: [...new Set([...before.links, ...wanted.links])],
    integrities: [...new Set([...before.integrities, ...wanted.integrities])],
  };
}

/** True if exactly this content is in our record. */
function isIn(owned: Owned | null, { links, integrities }: OwnedTarget): boolean {
  return (
    owned !== null &&
    links.every((text) => owned.links.includes(text)) &&
    (integrities.length === 0 || integrities.some((integrity) => owned.integrities.includes(integrity)))
  );
}
