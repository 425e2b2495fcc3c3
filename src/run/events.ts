import type { EdenError } from "../errors.js";
import type { Action } from "../plan/plan.js";
import type { ReactorEvent } from "../reactor/events.js";

/**
 * Everything a run tells, in the order it happens. The report, the live view and the text lines are folds of these events: there is no
 * second way to count. `at` is in milliseconds since the run began.
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
  /** A repository is about to be queued as the task of that key; a directory of the user's own is not remote. */
  | { type: "repository"; at: number; task: string; name: string; host: string; isRemote: boolean; skills: string[] }
  | { type: "git-process"; at: number }
  | { type: "bytes-received"; at: number; task: string; bytes: number }
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
  /** An update leaves a skill at what is pinned, although something newer was synced. */
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
  /** Something the user should know that belongs to no failure; `skill` is null when it concerns the run. */
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
  /** Another process is at work and we wait for it. */
  | { type: "waiting"; at: number; for: string; pid: number };

/** The code of a notice about a tag that was moved: as a warning, its pin stays, and the skill is a conflict. */
export const TAG_MOVED = "TAG_MOVED";

/** The code of a notice about a skill that upstream removed: its pin stays, and the skill is a conflict. */
export const SKILL_REMOVED = "SKILL_REMOVED";

/** True for a notice that says why an update left a pin where it was. */
export function isPinHeld({ code, severity }: { code: string; severity: string }): boolean {
  return severity === "warning" && (code === TAG_MOVED || code === SKILL_REMOVED);
}

export type SyncStatus = "cloned" | "updated" | "skipped" | "failed" | "cancelled";
export type TargetStatus = "done" | "failed" | "conflict" | "cancelled";

/** What a skill was resolved to; empty strings for a live-linked directory. */
export interface SkillVersion {
  commit: string;
  tree: string;
  integrity: string;
}

/** The concurrency in force and who asked for it. */
export interface ConcurrencyChoice {
  requested: number | "auto";
  origin: "flag" | "environment" | "manifest" | "default";
}
