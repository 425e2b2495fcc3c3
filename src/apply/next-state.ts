import { isDeepStrictEqual } from "node:util";
import { integritiesOf, type PlanItem } from "../plan/plan.js";
import type { MachineState } from "../store/state.js";
import type { Machine } from "./machine.js";

/** The state that belongs to what is wanted: before an install with everything that may be found, after it with what was put there. */
export function nextState(
  { manifest, state, plan }: Machine,
  items: readonly PlanItem[],
  done: ReadonlySet<PlanItem> | null,
  forget: readonly string[],
): MachineState {
  const targets: MachineState["targets"] = Object.assign(Object.create(null), state.targets);
  for (const path of forget) delete targets[path];
  for (const item of items) {
    const { targetPath, desired, action, installMode, skillId, agents, environment } = item;
    if (environment.kind !== "local") continue;
    if (action === "remove") {
      if (done?.has(item) === true) delete targets[targetPath];
      continue;
    }
    if (desired === null || action === "conflict") continue;
    const links = installMode === "symlink" ? [desired.link] : [];
    const integrities = installMode === "copy" ? integritiesOf(desired) : [];
    const before = plan.ownedAt(targetPath);
    const target =
      done?.has(item) === true || before === null
        ? { skill: skillId, agents, links, integrities }
        : {
            skill: skillId,
            agents,
            links: [...new Set([...before.links, ...links])],
            integrities: [...new Set([...before.integrities, ...integrities])],
          };
    if (!isDeepStrictEqual(targets[targetPath], target)) targets[targetPath] = target;
  }
  return { version: 1, manifest: manifest.path, targets };
}
