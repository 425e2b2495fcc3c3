import { EdenError, sanitize } from "../errors.js";
import type { InstallMode, TargetEnvironment } from "../manifest/document/manifest.js";
import { decide, decideRemoval, type Owned, type Situation } from "./decide.js";
import { observe } from "./observe.js";
import type { DesiredContent, PlanItem } from "./plan.js";

/** What planning needs to know of the machine besides the targets themselves. */
export interface PlanWorld {
  /** What we are known to have put at a path; null when nothing. */
  ownedAt(path: string): Owned | null;
  /** Where a link at `path` with that text leads, absolute. */
  destinationOf(path: string, text: string): string;
  /** True for the text of a link at `path` that leads into our store. */
  isStoreLink(path: string, text: string): boolean;
  claimedByOther(path: string): string | null;
  /** Why a skill at a path would meet what a skill comes from, in words; null when it does not. */
  sourceAt(skill: string, path: string): string | null;
  /** @throws EdenError when nothing may be written into the directory of a target, or it cannot be one. */
  checkPlace(path: string, inProject: boolean): void;
  /** What a directory may be recognised by: its integrity, and the one without what running a skill leaves behind. */
  integritiesOf(directory: string): readonly string[];
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
  /** Why it is a copy although the skill is linked; null when it is as the skill says. */
  copyReason: string | null;
  desired: DesiredContent | null;
}

/** Looks at one target now and says what is to be done to it. A target that cannot be looked at is its own failure and nobody else's. */
export function planTarget(world: PlanWorld, wanted: WantedTarget): PlanItem {
  const { path, environment, installMode, desired } = wanted;
  const item = { ...itemOf(wanted), sourcePath: desired?.path ?? null };
  if (environment.kind !== "local") {
    const where = environment.kind === "docker" ? `container ${environment.container}` : `host ${environment.host}`;
    return { ...item, action: "create", reasons: [`in ${where}`] };
  }
  try {
    const source = world.sourceAt(wanted.skillId, path);
    if (source !== null) throw targetIsSource(path, source);
    const decision = decide(situation(world, { path, installMode, desired }, path));
    const isWritten = decision.action === "create" || decision.action === "update";
    if (isWritten) world.checkPlace(path, wanted.inProject);
    const why = isWritten && item.copyReason !== null ? [item.copyReason] : [];
    return { ...item, ...decision, reasons: [...decision.reasons, ...why].map(sanitize) };
  } catch (error) {
    if (!(error instanceof EdenError)) throw error;
    return { ...item, action: "conflict", reasons: [sanitize(error.message)], failure: error };
  }
}

/** The refusal of a target that meets what a skill comes from; `why` as of `PlanWorld.sourceAt`. */
export function targetIsSource(path: string, why: string): EdenError {
  return new EdenError("TARGET_IS_SOURCE", sanitize(`${path} cannot be a target: ${why}`), {
    stage: "manifest",
    hint: "Choose another directory for the target: what a skill comes from is never replaced.",
  });
}

/** A target that the manifest no longer wants. */
export interface UnwantedTarget {
  skillId: string;
  agents: string[];
  path: string;
  installMode: InstallMode;
  /** Why it is not wanted, in words. */
  reason: string;
}

/** An item to remove a target, or why it is left alone (null: it is gone already). */
export function planRemoval(world: PlanWorld, target: UnwantedTarget): PlanItem | { left: string | null } {
  try {
    const decision = decideRemoval(situation(world, { ...target, desired: null }, target.path));
    if (decision.action === "remove") {
      const item = itemOf({
        ...target,
        environment: { kind: "local" },
        inProject: false,
        copyReason: null,
        desired: null,
      });
      const reasons = decision.backup ? [target.reason, "it was edited: a backup is kept"] : [target.reason];
      return { ...item, action: "remove", reasons, backup: decision.backup };
    }
    return { left: decision.left === null ? null : sanitize(decision.left) };
  } catch (error) {
    if (!(error instanceof EdenError)) throw error;
    return { left: sanitize(error.message) };
  }
}

/** Whether what was just moved aside from `path` is still what we put there, and not something its owner put there in the meantime. */
export function isStillOurs(world: PlanWorld, path: string, aside: string): boolean {
  return decideRemoval(situation(world, { path, installMode: "symlink", desired: null }, aside)).action === "remove";
}

function itemOf({ path, ...wanted }: WantedTarget): Omit<PlanItem, "action" | "reasons"> {
  const { skillId, agents, environment, inProject, installMode, copyReason, desired } = wanted;
  return {
    skillId,
    agents,
    targetPath: path,
    environment,
    inProject,
    installMode,
    copyReason,
    desired,
    sourcePath: null,
    failure: null,
    backup: false,
  };
}

/** @param at where what belongs to the target's path is looked at. */
function situation(
  world: PlanWorld,
  { path, installMode, desired }: Pick<WantedTarget, "path" | "installMode" | "desired">,
  at: string,
): Situation {
  const observed = observe(at, world.integritiesOf);
  return {
    desired,
    installMode,
    observed,
    owned: observed.kind === "absent" ? null : world.ownedAt(path),
    destinationOf: (text) => world.destinationOf(path, text),
    isStoreLink: (text) => world.isStoreLink(path, text),
    claimedBy: () => world.claimedByOther(path),
    force: world.force,
  };
}
