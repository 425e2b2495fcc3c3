import { sanitize } from "../errors.js";
import type { InstallMode, TargetEnvironment } from "../manifest/manifest.js";
import { decide, decideRemoval, type Situation } from "./decide.js";
import { observe } from "./observe.js";
import type { DesiredContent, PlanItem } from "./plan.js";

/** What planning needs to know of the machine besides the targets themselves. */
export interface PlanWorld {
  /** What we are known to have put at a path; null when nothing. */
  ownedAt(path: string): { links: readonly string[]; integrities: readonly string[] } | null;
  /** True for the text of a link at `path` that leads into our store. */
  isStoreLink(path: string, text: string): boolean;
  claimedByOther(path: string): string | null;
  integrityOf(directory: string): string;
  force: boolean;
}

/** One target that the manifest wants. */
export interface WantedTarget {
  skillId: string;
  agents: string[];
  path: string;
  environment: TargetEnvironment;
  inProject: boolean;
  installMode: InstallMode;
  desired: DesiredContent | null;
}

/** Looks at one target now and says what is to be done to it. */
export function planTarget(world: PlanWorld, wanted: WantedTarget): PlanItem {
  const { skillId, agents, path, environment, inProject, installMode, desired } = wanted;
  const item = {
    skillId,
    agents,
    targetPath: path,
    environment,
    inProject,
    installMode,
    desired,
    sourcePath: desired?.path ?? null,
  };
  if (environment.kind !== "local") {
    const where = environment.kind === "docker" ? `container ${environment.container}` : `host ${environment.host}`;
    return { ...item, action: "create", reasons: [`in ${where}`], backup: false };
  }
  const decision = decide(situation(world, path, installMode, desired));
  return { ...item, ...decision, reasons: decision.reasons.map(sanitize) };
}

/** A target that the manifest no longer wants: an item to remove it, or why it is left alone (null: it is gone already). */
export function planRemoval(
  world: PlanWorld,
  target: { skillId: string; agents: string[]; path: string; installMode: InstallMode },
): PlanItem | { left: string | null } {
  const decision = decideRemoval(situation(world, target.path, target.installMode, null));
  if ("left" in decision) return { left: decision.left === null ? null : sanitize(decision.left) };
  const { skillId, agents, path, installMode } = target;
  return {
    skillId,
    agents,
    targetPath: path,
    environment: { kind: "local" },
    inProject: false,
    installMode,
    desired: null,
    sourcePath: null,
    ...decision,
  };
}

function situation(
  world: PlanWorld,
  path: string,
  installMode: InstallMode,
  desired: DesiredContent | null,
): Situation {
  return {
    desired,
    installMode,
    observed: observe(path, world.integrityOf),
    owned: world.ownedAt(path),
    isStoreLink: (text) => world.isStoreLink(path, text),
    claimedBy: () => world.claimedByOther(path),
    force: world.force,
  };
}
