import { EdenError, sanitize } from "../errors.js";
import type { InstallMode } from "../manifest/document/manifest.js";
import type { RemoteEnvironment, TargetEnvironment } from "../manifest/targets/target-environment.js";
import { decide, decideRemoval, type Owned, type Situation } from "./decide.js";
import { observe, type ContentReader } from "./observe.js";
import type { DesiredContent, PlanItem } from "./plan.js";
import { planRemoteTarget, type Sight, type Undecided } from "./remote.js";

/** The facts about the machine that planning needs besides the targets themselves. */
export interface MachineFacts {
  /** Our record for a path; null if there is none. */
  ownedAt(path: string): Owned | null;
  /** The absolute destination of a link at `path` with that text. */
  destinationOf(path: string, text: string): string;
  /** True for the text of a link at `path` that leads into our store. */
  isStoreLink(path: string, text: string): boolean;
  claimedByOther(path: string): string | null;
  /** Why a skill at a path would overlap the source of a skill; null if it does not. */
  sourceAt(skill: string, path: string): string | null;
  /**
   * @throws EdenError if the directory of a target must not be written or cannot be a directory.
   */
  checkPlace(path: string, inProject: boolean): void;
  /** @throws EdenError if links lead a target out of the root of an image. */
  checkInside(path: string): void;
  /** Reads the content of a directory. */
  contentOf: ContentReader;
  /** What was seen at a target in a container or on a host. */
  sightOf(place: { environment: RemoteEnvironment; path: string }): Sight;
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
  /** Why it is a copy although the skill is in link mode; null if it has the mode of the skill. */
  copyReason: string | null;
  desired: DesiredContent | null;
}

/** Reads one target and decides its action. A target that cannot be read fails alone. */
export function planTarget(facts: MachineFacts, wanted: WantedTarget): PlanItem {
  const { path, environment, installMode, desired } = wanted;
  const item = { ...itemOf(wanted), sourcePath: desired?.path ?? null };
  if (environment.kind !== "local") return planRemoteTarget(item, facts.sightOf({ environment, path }), facts.force);
  try {
    const source = facts.sourceAt(wanted.skillId, path);
    if (source !== null) throw targetIsSource(path, source);
    const decision = steadily(() => decide(situation(facts, { path, installMode, desired }, path)));
    const isWritten = decision.action === "create" || decision.action === "update";
    if (isWritten) facts.checkPlace(path, wanted.inProject);
    const why = isWritten && item.copyReason !== null ? [item.copyReason] : [];
    return { ...item, ...decision, reasons: [...decision.reasons, ...why].map(sanitize) };
  } catch (error) {
    if (!(error instanceof EdenError)) throw error;
    return { ...item, action: "conflict", reasons: [sanitize(error.message)], failure: error };
  }
}

/**
 * The refusal of a target that overlaps a source; `why` is the result of `MachineFacts.sourceAt`.
 */
export function targetIsSource(path: string, why: string): EdenError {
  return new EdenError("TARGET_IS_SOURCE", sanitize(`${path} cannot be a target: ${why}`), {
    stage: "manifest",
    hint: "Choose another directory for the target: the source of a skill is never replaced.",
  });
}

/** A target that the manifest no longer wants. */
export interface UnwantedTarget {
  skillId: string;
  agents: string[];
  path: string;
  inProject: boolean;
  installMode: InstallMode;
  /** Why it is not wanted, as a message. */
  reason: string;
}

/** An entry that is left alone, and why; null: it does not exist. */
interface Left {
  left: string | null;
  /** It is a copy of ours that was edited. */
  isEdited: boolean;
}

/** An item that removes a target, or why it is left alone (null: it does not exist). */
export function planRemoval(facts: MachineFacts, target: UnwantedTarget): PlanItem | Left {
  try {
    const decision = steadily(() => decideRemoval(situation(facts, { ...target, desired: null }, target.path)));
    if (decision.action === "remove") {
      const item = itemOf({
        ...target,
        environment: { kind: "local" },
        copyReason: null,
        desired: null,
      });
      const reasons = decision.backup ? [target.reason, "it was edited"] : [target.reason];
      return { ...item, action: "remove", reasons, backup: decision.backup };
    }
    const { left, isEdited } = decision;
    return { left: left === null ? null : sanitize(left), isEdited };
  } catch (error) {
    if (!(error instanceof EdenError)) throw error;
    return { left: sanitize(error.message), isEdited: false };
  }
}

/**
 * Whether the entry that was just moved aside from `path` is still what we installed, and not a
 * change by its owner.
 */
export function isStillOurs(facts: MachineFacts, path: string, aside: string): boolean {
  return decideRemoval(situation(facts, { path, installMode: "symlink", desired: null }, aside)).action === "remove";
}

/** An item without its decision. */
export function itemOf({ path, ...wanted }: WantedTarget): Undecided {
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
    isEdited: false,
    failure: null,
    backup: false,
  };
}

/** Another process of ours may replace a target while it is read: then it is read once more. */
function steadily<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof EdenError) || error.code !== "FILE_FAILED") throw error;
    return read();
  }
}

/** @param at the path where the target's entry is read. */
function situation(
  facts: MachineFacts,
  { path, installMode, desired }: Pick<WantedTarget, "path" | "installMode" | "desired">,
  at: string,
): Situation {
  facts.checkInside(path);
  const observed = observe(at, facts.contentOf);
  return {
    desired,
    installMode,
    observed,
    owned: observed.kind === "absent" ? null : facts.ownedAt(path),
    destinationOf: (text) => facts.destinationOf(path, text),
    isStoreLink: (text) => facts.isStoreLink(path, text),
    claimedBy: () => facts.claimedByOther(path),
    force: facts.force,
  };
}
