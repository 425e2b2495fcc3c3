import type { Report, SkillReport } from "../../src/run/report.js";

/** A report in which nothing happened, with what a test says differently. */
export function sampleReport(changes: Partial<Report> = {}): Report {
  return {
    schema_version: 1,
    command: "apply",
    manifest: "/p/skills.toml",
    lockfile: "/p/skills.lock",
    started_at: "2026-01-02T03:04:05.000Z",
    elapsed_ms: 1234,
    exit_code: 0,
    outcome: "ok",
    breach: null,
    concurrency: {
      requested: 10,
      origin: "default",
      minimum: 1,
      peak: 10,
      final: 8,
      descriptor_limit: 1024,
      adjustments: [{ at_ms: 5, from: 10, to: 8, governor: "descriptors", reason: "EMFILE" }],
    },
    phases: { sync: { started_ms: 0, ended_ms: 9 }, install: null },
    summary: {
      skills: 1,
      repositories: 1,
      sync: { cloned: 0, updated: 0, skipped: 1, failed: 0, cancelled: 0 },
      install: { create: 0, update: 0, noop: 1, conflict: 0, remove: 0, failed: 0 },
    },
    skills: [],
    diagnostics: [],
    metrics: {
      git_processes: 3,
      bytes_received: 99,
      peak_in_flight: 2,
      requeued: 1,
      retried: 0,
      lock_wait_ms: 0,
      queue_wait_ms: { p50: 0, p95: 0 },
      task_ms: { p50: 0, p95: 0 },
      baseline_task_ms: null,
      current_task_ms: null,
      performance_gain_percent: null,
      peak_rss_mb: 60,
    },
    ...changes,
  };
}

/** A skill that was up to date, with what a test says differently. */
export function sampleSkill(changes: Partial<SkillReport> = {}): SkillReport {
  return {
    id: "web-design",
    status: "unchanged",
    source: { repo: "https://example.com/acme/skills.git", ref: null, subpath: "." },
    commit: "a".repeat(40),
    tree: "b".repeat(40),
    integrity: "sha256-x",
    sync: { status: "skipped", started_ms: null, ended_ms: 1, attempts: 0, completion_order: 1 },
    targets: [],
    diagnostics: [],
    ...changes,
  };
}
