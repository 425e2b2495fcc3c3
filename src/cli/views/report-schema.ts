import * as z from "zod/mini";

/** The zod schema of the report of a run, and the parts that other documents share with it. */

export const count = z.int().check(z.minimum(0));
const milliseconds = z.number().check(z.minimum(0), z.describe("milliseconds since the run began"));
const duration = z.number().check(z.minimum(0), z.describe("milliseconds"));
export const commit = z.string().check(z.describe('40 or 64 hex digits; "" for a directory that is linked live'));
export const action = z.enum(["create", "update", "noop", "conflict", "remove", "unknown"]);

/** `docker:NAME`, `podman:NAME` or `ssh:HOST`. */
export const environment = z
  .optional(z.string())
  .check(z.describe("where it is: docker:NAME, podman:NAME or ssh:HOST; absent for this machine"));
export const installMode = z.enum(["symlink", "copy"]);
export const source = z.object({ repo: z.string(), ref: z.nullable(z.string()), subpath: z.string() });
const phase = z.object({ started_ms: milliseconds, ended_ms: milliseconds });

export const diagnostic = z.object({
  code: z.string(),
  severity: z.enum(["error", "warning", "info"]),
  stage: z.string(),
  message: z.string(),
  hint: z.nullable(z.string()),
});

const target = z.object({
  agent: z.string().check(z.describe("the first of its agents")),
  agents: z.array(z.string()),
  path: z.string().check(z.describe("absolute; elsewhere it may begin with ~/")),
  environment,
  action,
  status: z.enum(["done", "failed", "conflict", "cancelled"]),
  reasons: z.array(z.string()),
  started_ms: milliseconds,
  ended_ms: milliseconds,
});

export const pinMove = z.object({
  from: commit,
  to: commit,
  commits: z.nullable(count),
  files: z.nullable(count),
  gains: z.nullable(z.array(z.string())).check(z.describe("what the skill can newly do")),
});

const skill = z.object({
  id: z.string(),
  status: z.enum(["installed", "unchanged", "removed", "conflict", "failed", "cancelled", "metadata_only"]),
  source,
  commit: z.nullable(commit),
  tree: z.nullable(z.string()),
  integrity: z.nullable(z.string()),
  sync: z.object({
    status: z.enum(["cloned", "updated", "skipped", "failed", "cancelled"]),
    started_ms: z.nullable(milliseconds),
    ended_ms: z.nullable(milliseconds),
    attempts: count,
    completion_order: z.nullable(z.int().check(z.minimum(1))),
    from_remote_store: z
      .optional(z.literal(true))
      .check(z.describe("only of a skill whose content came from the remote store")),
  }),
  targets: z.array(target),
  diagnostics: z.array(diagnostic),
  moved: z
    .optional(pinMove)
    .check(z.describe("only of a skill whose pin was moved; null for a number that is not known")),
});

const repository = z.object({
  name: z.string(),
  host: z.string().check(z.describe('"" for a directory')),
  skills: z.array(z.string()).check(z.describe("ids")),
  status: z.enum(["done", "failed", "cancelled"]),
  bytes_received: count,
  queued_ms: milliseconds,
  materialise_ms: z
    .nullable(milliseconds)
    .check(z.describe("when the last attempt began to write into the store; null if it wrote nothing")),
  ended_ms: milliseconds,
  attempts: z.array(
    z.object({
      started_ms: milliseconds,
      ended_ms: milliseconds,
      end: z.enum(["done", "failed", "cancelled", "retried", "requeued"]),
      code: z.nullable(z.string()).check(z.describe("why another attempt follows; null for the last one")),
      message: z.nullable(z.string()),
    }),
  ),
});

const developed = z.object({ id: z.string(), directory: z.string(), clone: z.string(), commit: z.string() });

const concurrency = z.object({
  requested: z.union([z.int().check(z.minimum(1), z.maximum(100)), z.literal("auto")]),
  origin: z.enum(["flag", "environment", "manifest", "default"]),
  minimum: z.int().check(z.minimum(1)),
  peak: count,
  final: count,
  descriptor_limit: z.nullable(count),
  adjustments: z.array(
    z.object({
      at_ms: milliseconds,
      from: count,
      to: count,
      governor: z.enum(["descriptors", "load", "memory", "throttle", "throughput"]),
      reason: z.string(),
    }),
  ),
});

const percentiles = z.object({ p50: duration, p95: duration });

export const reportSchema = z.object({
  schema_version: z.literal(1),
  command: z.string(),
  to: z.optional(count).check(z.describe("only of rollback")),
  manifest: z.string(),
  lockfile: z.string(),
  started_at: z.string(),
  elapsed_ms: duration,
  exit_code: count,
  outcome: z.enum(["ok", "failed", "conflict", "cancelled", "breached"]),
  breach: z.nullable(
    z.object({
      budget: z.enum(["deadline", "failures", "download"]),
      limit: z.number(),
      observed: z.number(),
      at_ms: milliseconds,
    }),
  ),
  concurrency,
  phases: z.object({ sync: z.nullable(phase), install: z.nullable(phase) }),
  summary: z.object({
    skills: count,
    repositories: count,
    sync: z.object({ cloned: count, updated: count, skipped: count, failed: count, cancelled: count }),
    install: z.object({ create: count, update: count, noop: count, conflict: count, remove: count, failed: count }),
    warm: z
      .optional(z.object({ hydrated: count, skipped_existing: count, failed: count }))
      .check(z.describe("only of warm")),
    push: z
      .optional(z.object({ pushed: count, present: count, failed: count }))
      .check(z.describe("only of warm --push")),
  }),
  skills: z.array(skill),
  repositories: z
    .optional(z.array(repository))
    .check(z.describe("in the order in which they were queued; absent in reports of earlier versions")),
  diagnostics: z.array(diagnostic).check(z.describe("what concerns the whole run")),
  metrics: z.object({
    git_processes: count,
    bytes_received: count,
    peak_in_flight: count,
    requeued: count,
    retried: count,
    lock_wait_ms: z.optional(duration).check(z.describe("waits for other processes, all together")),
    queue_wait_ms: percentiles,
    task_ms: percentiles,
    baseline_task_ms: z.nullable(z.number()),
    current_task_ms: z.nullable(z.number()),
    performance_gain_percent: z.nullable(z.number()),
    peak_rss_mb: z.number(),
  }),
  removed: z.optional(z.array(z.string())).check(z.describe("only of remove: ids")),
  developed: z.optional(z.array(developed)).check(z.describe("only of dev")),
  stopped: z.optional(z.array(developed)).check(z.describe("only of dev --stop")),
  installed: z.optional(z.array(z.string())).check(z.describe("only of install: ids")),
  skipped: z
    .optional(z.array(z.object({ path: z.string(), reason: z.string() })))
    .check(z.describe("only of install: what of the source was left out")),
});
