import type { EdenError } from "../errors.js";
import type { InstallMode } from "../manifest/document/manifest.js";
import { formatEnvironment, type TargetEnvironment } from "../manifest/targets/target-environment.js";

/** `unknown`: the target is in a container or on a host that was not asked, or did not answer. */
export type Action = "create" | "update" | "noop" | "conflict" | "remove" | "unknown";

/** One target and its action. A plan is a value: creating it has no effects. */
export interface PlanItem {
  skillId: string;
  /** Agents that read this directory, in manifest order. */
  agents: string[];
  /**
   * The path of the content that the target will show; null if the skill was never synced or is to
   * be removed.
   */
  sourcePath: string | null;
  targetPath: string;
  environment: TargetEnvironment;
  /** The target is in a directory of the project, which must not lead out of the project. */
  inProject: boolean;
  /** The mode of this target: it may be a copy although the skill is in link mode. */
  installMode: InstallMode;
  /** Why it is a copy although the skill is in link mode; null if it has the mode of the skill. */
  copyReason: string | null;
  action: Action;
  /** The reasons, as messages; empty only for noop. */
  reasons: string[];
  /** The existing entry is a copy of ours that was edited. */
  isEdited: boolean;
  /** Why the target could not be read; the action is then `conflict` or `unknown`. */
  failure: EdenError | null;
  /** The existing entry is moved to the backups first. */
  backup: boolean;
  /** The wanted content; null for remove, and for a skill that was never synced. */
  desired: DesiredContent | null;
}

/** The wanted content of all targets of a skill. */
export type Content =
  | { kind: "store"; tree: string; integrity: string; otherIntegrities?: string[]; path: string }
  /** A directory of the user, linked live. */
  | { kind: "live"; path: string };

/**
 * The wanted content of one target; `link` is the text of a link at the target that leads to it.
 */
export type DesiredContent = Content & { link: string };

/**
 * The integrities by which a copy of a content is recognised. None for a live directory.
 */
export function integritiesOf(content: Content): string[] {
  return content.kind === "store" ? [content.integrity, ...(content.otherIntegrities ?? [])] : [];
}

/** The items as `plan --json` prints them. */
export interface PlanRow {
  skill_id: string;
  source_path: string | null;
  target_path: string;
  /** `docker:NAME`, `podman:NAME` or `ssh:HOST`; absent for this machine. */
  environment?: string | undefined;
  install_mode: InstallMode;
  action: Action;
  reasons: string[];
}

export function planRows(items: readonly PlanItem[]): PlanRow[] {
  return items.map((item) => ({
    skill_id: item.skillId,
    source_path: item.sourcePath,
    target_path: item.targetPath,
    ...(item.environment.kind !== "local" && { environment: formatEnvironment(item.environment) }),
    install_mode: item.installMode,
    action: item.action,
    reasons: item.reasons,
  }));
}
