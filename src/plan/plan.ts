import type { EdenError } from "../errors.js";
import type { InstallMode, TargetEnvironment } from "../manifest/document/manifest.js";

export type Action = "create" | "update" | "noop" | "conflict" | "remove";

/** One target and what is to be done to it. A plan is a value: nothing happens by making one. */
export interface PlanItem {
  skillId: string;
  /** Agents that read this directory, in manifest order. */
  agents: string[];
  /** What the target will show; null when the skill was never synced or is to be removed. */
  sourcePath: string | null;
  targetPath: string;
  environment: TargetEnvironment;
  /** The target lies in a directory of the project, which must not lead out of it. */
  inProject: boolean;
  /** Of this target: it may be a copy where the skill is linked elsewhere. */
  installMode: InstallMode;
  /** Why it is a copy although the skill is linked; null when it is as the skill says. */
  copyReason: string | null;
  action: Action;
  /** Why, in words; never empty unless the action is noop. */
  reasons: string[];
  /** Why the target could not even be looked at; the action is then `conflict`. */
  failure: EdenError | null;
  /** What is there now is moved to the backups first. */
  backup: boolean;
  /** What the target is to be; null for remove, and for a skill that was never synced. */
  desired: DesiredContent | null;
}

/** What the targets of a skill are to hold. */
export type Content =
  | { kind: "store"; tree: string; integrity: string; bareIntegrity?: string; path: string }
  /** A directory of the user's own, linked live. */
  | { kind: "live"; path: string };

/** What one target is to hold; `link` is the text of a link there that leads to it. */
export type DesiredContent = Content & { link: string };

/** The integrities that a copy of a content may have: its own, and the one without what running it may change. None for a live directory. */
export function integritiesOf(content: Content): string[] {
  if (content.kind !== "store") return [];
  const { integrity, bareIntegrity } = content;
  return bareIntegrity === undefined ? [integrity] : [integrity, bareIntegrity];
}

/** The items as `plan --json` prints them. */
export interface PlanRow {
  skill_id: string;
  source_path: string | null;
  target_path: string;
  install_mode: InstallMode;
  action: Action;
  reasons: string[];
}

export function planRows(items: readonly PlanItem[]): PlanRow[] {
  return items.map((item) => ({
    skill_id: item.skillId,
    source_path: item.sourcePath,
    target_path: item.targetPath,
    install_mode: item.installMode,
    action: item.action,
    reasons: item.reasons,
  }));
}
