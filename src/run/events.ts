import type { EdenError } from "../errors.js";
import type { ArchivePin, SitePin } from "../manifest/lockfile/lockfile.js";
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
  /** Work on repositories, or on files, has begun; the tasks after it belong to it. */
  | { type: "step-started"; at: number; step: RunStep }
  /** `targets`: the number of targets to change, for Phase B. */
  | { type: "phase-started"; at: number; phase: "sync" | "install"; targets?: number }
  | { type: "phase-ended"; at: number; phase: "sync" | "install" }
  /**
   * A repository is about to be queued as the task of that key; a directory of the user is not
   * remote.
   */
  | { type: "repository"; at: number; task: string; name: string; host: string; isRemote: boolean; skills: string[] }
  /** What an attempt at a repository does from now on; it begins with `asking`. */
  | { type: "task-activity"; at: number; task: string; activity: TaskActivity }
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
      /** Its content came from the remote store. */
      fromRemoteStore?: true;
      error: EdenError | null;
    }
  /** The push of a skill to the remote store has ended; `present`: it was there. */
  | { type: "skill-pushed"; at: number; skill: string; status: PushStatus }
  /** An update keeps the pin of a skill, although newer content was synced. */
  | { type: "pin-kept"; at: number; skill: string; content: SkillVersion }
  /** The lockfile names another commit of a skill than before. */
  | { type: "pin-moved"; at: number; skill: string; move: PinMove }
  | {
      type: "target-ended";
      at: number;
      skill: string;
      agents: string[];
      path: string;
      /** `docker:NAME`, `podman:NAME` or `ssh:HOST`; absent for this machine. */
      environment?: string;
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
  /** This run, or one of its tasks, waits for another process. */
  | { type: "waiting"; at: number; for: string; pid: number; task?: string }
  /** The end of that wait: the lock was taken. */
  | { type: "waited"; at: number; for: string; waitedMs: number; task?: string }
  /** The run has ended, with any result. A command may have several runs. */
  | { type: "run-ended"; at: number };

/**
 * `source`: a source is searched for skills. `collections`: their members are looked up.
 * `registries`: indexes are fetched. `upstream`: refs are compared with pins. `sync`: Phase A has
 * work to do.
 */
export type RunStep = "source" | "collections" | "registries" | "upstream" | "sync";

/**
 * Asking for refs; fetching objects; listing them in the mirror; writing skills into the store, while
 * others may still arrive.
 */
export type TaskActivity = "asking" | "fetching" | "reading" | "writing";

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
export type PushStatus = "pushed" | "present" | "failed";
export type TargetStatus = "done" | "failed" | "conflict" | "cancelled";

/** The resolution of a skill; empty strings for a live-linked directory. */
export interface SkillVersion {
  commit: string;
  tree: string;
  integrity: string;
  /** The integrity of the installed copy of a skill with an alias; the others are those of its source. */
  installedIntegrity?: string;
  /** Only for a skill of a site; also if it is linked live. */
  site?: SitePin;
  /** The files beside the manifest are not what `site` says, and the store has them. */
  restoresSite?: true;
  /** The archive that the commit was made from. */
  archive?: ArchivePin;
}

/** How the pin of a skill was moved. */
export interface PinMove {
  /** Commits. */
  from: string;
  to: string;
  /** The number of commits between them; null if it is not known without another fetch. */
  commits: number | null;
  /** The number of files that differ; null if the content of `from` is not on this machine. */
  files: number | null;
  /** What the new content can do and the old one could not; null where `files` is. */
  gains: string[] | null;
}

/** The concurrency in force and its origin. */
export interface ConcurrencyChoice {
  requested: number | "auto";
  origin: "flag" | "environment" | "manifest" | "default";
}
