import type { Action } from "../plan/plan.js";
import type { Governor } from "../reactor/events.js";
import type { ConcurrencyChoice, PinMove, PushStatus, SyncStatus, TargetStatus } from "./events.js";

/**
 * The result of a run, as written by `--json` and `--report`. Field names are stable: fields may be
 * added, never renamed.
 */
export interface Report {
  schema_version: 1;
  command: string;
  /** Only for `rollback`: the number of the restored record. */
  to?: number | undefined;
  manifest: string;
  lockfile: string;
  started_at: string;
  elapsed_ms: number;
  exit_code: number;
  outcome: "ok" | "failed" | "conflict" | "cancelled" | "breached";
  breach: null | { budget: "deadline" | "failures" | "download"; limit: number; observed: number; at_ms: number };
  concurrency: {
    requested: ConcurrencyChoice["requested"];
    origin: ConcurrencyChoice["origin"];
    minimum: number;
    /** The highest limit that was in force. */
    peak: number;
    final: number;
    descriptor_limit: number | null;
    adjustments: { at_ms: number; from: number; to: number; governor: Governor; reason: string }[];
  };
  phases: { sync: Phase | null; install: Phase | null };
  summary: {
    skills: number;
    repositories: number;
    sync: Record<SyncStatus, number>;
    install: { create: number; update: number; noop: number; conflict: number; remove: number; failed: number };
    /** Only for `warm`: skills that were fetched, existed already, or are still missing. */
    warm?: { hydrated: number; skipped_existing: number; failed: number } | undefined;
    /** Only for `warm --push`: skills that were pushed to the remote store, that it had, or whose push failed. */
    push?: Record<PushStatus, number> | undefined;
  };
  skills: SkillReport[];
  /** In the order in which they were queued. Absent in reports of earlier versions. */
  repositories?: RepositoryReport[] | undefined;
  /** Diagnostics of the whole run, not of a single skill. */
  diagnostics: Diagnostic[];
  metrics: Metrics;
  /** Only for `remove`: ids that were removed from the manifest. */
  removed?: string[] | undefined;
  /** Only for `dev`: the skill whose targets lead to its clone now. */
  developed?: DevelopedSkill[] | undefined;
  /** Only for `dev --stop`: the skills with their pinned content again, and their clones, which stay. */
  stopped?: DevelopedSkill[] | undefined;
  /** Only for `install`: ids that it added to the manifest, or found there. */
  installed?: string[] | undefined;
  /** Only for `install`: skipped items of the source, with reasons. */
  skipped?: { path: string; reason: string }[] | undefined;
}

/** A skill with a clone: `directory` is the skill in it, `commit` the pinned one. */
export interface DevelopedSkill {
  id: string;
  directory: string;
  clone: string;
  commit: string;
}

export interface Phase {
  started_ms: number;
  ended_ms: number;
}

export interface SkillReport {
  id: string;
  status: "installed" | "unchanged" | "removed" | "conflict" | "failed" | "cancelled" | "metadata_only";
  source: { repo: string; ref: string | null; subpath: string };
  commit: string | null;
  tree: string | null;
  integrity: string | null;
  sync: {
    status: SyncStatus;
    started_ms: number | null;
    ended_ms: number | null;
    attempts: number;
    completion_order: number | null;
    /** Only if its content came from the remote store. */
    from_remote_store?: true | undefined;
  };
  targets: TargetReport[];
  diagnostics: Diagnostic[];
  /** Only for a skill whose pin was moved. */
  moved?: PinMove | undefined;
}

export interface TargetReport {
  /** The first of `agents`. */
  agent: string;
  /** All agents that read this directory. */
  agents: string[];
  path: string;
  /** `docker:NAME`, `podman:NAME` or `ssh:HOST`; absent for this machine. */
  environment?: string | undefined;
  action: Action;
  status: TargetStatus;
  reasons: string[];
  started_ms: number;
  ended_ms: number;
}

/** One task of Phase A; times are in milliseconds since the run began. */
export interface RepositoryReport {
  /** Such as `acme/skills`. */
  name: string;
  /** "" for a directory of the user. */
  host: string;
  /** Ids of the skills that it was synced for; none for the index of a registry. */
  skills: string[];
  status: "done" | "failed" | "cancelled";
  bytes_received: number;
  queued_ms: number;
  /** When the last attempt began to write contents into the store; null if it wrote none. */
  materialise_ms: number | null;
  ended_ms: number;
  attempts: AttemptReport[];
}

export interface AttemptReport {
  started_ms: number;
  ended_ms: number;
  end: "done" | "failed" | "cancelled" | "retried" | "requeued";
  /** Why another attempt follows; null for the last one: its cause is a diagnostic of the skills. */
  code: string | null;
  message: string | null;
}

export interface Diagnostic {
  code: string;
  severity: "error" | "warning" | "info";
  stage: string;
  message: string;
  hint: string | null;
}

export interface Metrics {
  git_processes: number;
  bytes_received: number;
  peak_in_flight: number;
  requeued: number;
  retried: number;
  /** How long the run waited for locks of other processes, all waits together; absent in reports of earlier versions. */
  lock_wait_ms?: number | undefined;
  queue_wait_ms: { p50: number; p95: number };
  task_ms: { p50: number; p95: number };
  baseline_task_ms: number | null;
  current_task_ms: number | null;
  performance_gain_percent: number | null;
  peak_rss_mb: number;
}
