import type { ManifestSkill } from "../manifest/document/manifest.js";
import type { PlanItem } from "../plan/plan.js";
import { isInstalled } from "../workspace/pins.js";

/** The state of one target: what is there, compared with what the manifest and its pin want. */
export type TargetState =
  | "installed"
  /** Nothing is there. */
  | "missing"
  /** Our copy, with changes by its user. */
  | "edited"
  /** Ours, with another content than the pinned one. */
  | "stale"
  /** Not ours, or not readable. */
  | "conflict"
  /** In a container or on another host. */
  | "unknown";

/** The state of a skill: the worst of its targets. */
export type SkillState =
  | TargetState
  /** Not wanted on this machine. */
  | "disabled"
  /** Its targets lead to a clone. */
  | "dev";

/** A target with its state. */
export interface ShownTarget {
  /** The agents that read it. */
  agents: string[];
  path: string;
  mode: PlanItem["installMode"];
  state: TargetState;
}

/** The targets of a planned skill. */
export function targetsOf(items: readonly PlanItem[]): ShownTarget[] {
  return items.map((item) => ({
    agents: item.agents,
    path: item.targetPath,
    mode: item.installMode,
    state: stateOfTarget(item),
  }));
}

/** The state of a skill with these targets. @param isDeveloped its targets are to lead to a clone. */
export function stateOf(skill: ManifestSkill, targets: readonly ShownTarget[], isDeveloped: boolean): SkillState {
  if (!isInstalled(skill)) return "disabled";
  const worst = WORST.find((state) => targets.some((target) => target.state === state));
  return worst ?? (isDeveloped ? "dev" : "installed");
}

const WORST: readonly TargetState[] = ["edited", "conflict", "missing", "stale", "unknown"];

const STATES = {
  noop: "installed",
  create: "missing",
  update: "stale",
  conflict: "conflict",
  remove: "stale",
  unknown: "unknown",
} as const;

function stateOfTarget({ action, environment, isEdited }: PlanItem): TargetState {
  if (environment.kind !== "local") return "unknown";
  return isEdited ? "edited" : STATES[action];
}
