import type { EdenError } from "../errors.js";
import type { Action } from "../plan/plan.js";
import type { ReactorEvent } from "../reactor/events.js";

/**
 * The events of a run, in order. The report, the live view and the text lines are folds of these
 * events, so that nothing is counted in two ways. `at` is in milliseconds since the run began.
 */
export type RunEvent =
  | ReactorEvent
  | {
      type: "run-started";
      at: number;
      startedAt: Date;
      concurrency: ConcurrencyChoice;
      minimum: number;
      descriptorLimit: number | null;
    }
  | { type: "phase-started"; at: number; phase: "sync" | "install" }
  | { type: "phase-ended"; at: number; phase: "sync" | "install" }
  /**
   * A repository is about to be queued as the task of that key; a directory of the user is not
   * remote.
   */
  | { type: "repository"; at: number; task: string; name: string; host: string; isRemote: boolean; skills: string[] }
  | { type: "git-process"; at: number }
  | { type: "bytes-received"; at: number; task: string; bytes: number }
  /** The first content of a repository is being written into the store, while others may still arrive. */
  | { type: "materialising"; at: number; task: string }
  /** The sync of one skill has ended, or was not needed (`skipped`). */
  | {
      type: "skill-synced";
      at: number;
      skill: string;
      status: SyncStatus;
      startedMs: number | null;
      attempts: number;
      content: SkillVersion | null;
      error: EdenError | null;
    }
  /** An update keeps the pin of a skill, although newer content was synced. */
  | { type: "pin-kept"; at: number; skill: string; content: SkillVersion }
  | {
      type: "target-ended";
      at: number;
      skill: string;
      agents: string[];
      path: string;
      action: Action;
      status: TargetStatus;
      reasons: string[];
      startedMs: number;
      error: EdenError | null;
    }
  /** Information for the user that is not a failure; `skill` is null if it concerns the run. */
  | {
      type: "notice";
      at: number;
      skill: string | null;
      severity: "error" | "warning" | "info";
      code: string;
      stage: string;
      message: string;
      hint: string | null;
    }
  /** This run waits for another process. */
  | { type: "waiting"; at: number; for: string; pid: number };

/**
 * The code of a notice about a moved tag: as a warning, its pin stays, and the skill is a conflict.
 */
export const TAG_MOVED = "TAG_MOVED";

/**
 * The code of a notice about a skill that upstream removed: its pin stays, and the skill is a
 * conflict.
 */
export const SKILL_REMOVED = "SKILL_REMOVED";

/** True for a notice that says why an update kept a pin. */
export function isPinHeld({ code, severity }: { code: string; severity: string }): boolean {
  return severity === "warning" && (code === TAG_MOVED || code === SKILL_REMOVED);
}

export type SyncStatus = "cloned" | "updated" | "skipped" | "failed" | "cancelled";
export type TargetStatus = "done" | "failed" | "conflict" | "cancelled";

/** The resolution of a skill; empty strings for a live-linked directory. */
export interface SkillVersion {
  commit: string;
  tree: string;
  integrity: string;
  /** The integrity of the installed copy of a skill with an alias; the others are those of its source. */
  installedIntegrity?: string;
}

/** The concurrency in force and its origin. */
export interface ConcurrencyChoice {
  requested: number | "auto";
  origin: "flag" | "environment" | "manifest" | "default";
}
