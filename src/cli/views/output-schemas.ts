import * as z from "zod";

/** The zod schemas of the documents that commands print with --json. Import this module lazily: zod is heavy. */

const count = z.int().min(0);
const milliseconds = z.number().min(0).describe("milliseconds since the run began");
const duration = z.number().min(0).describe("milliseconds");
const commit = z.string().describe('40 or 64 hex digits; "" for a directory that is linked live');
const action = z.enum(["create", "update", "noop", "conflict", "remove"]);
const installMode = z.enum(["symlink", "copy"]);
const source = z.object({ repo: z.string(), ref: z.string().nullable(), subpath: z.string() });
const phase = z.object({ started_ms: milliseconds, ended_ms: milliseconds });

const diagnostic = z.object({
  code: z.string(),
  severity: z.enum(["error", "warning", "info"]),
  stage: z.string(),
  message: z.string(),
  hint: z.string().nullable(),
});

const target = z.object({
  agent: z.string().describe("the first of its agents"),
  agents: z.array(z.string()),
  path: z.string().describe("absolute"),
  action,
  status: z.enum(["done", "failed", "conflict", "cancelled"]),
  reasons: z.array(z.string()),
  started_ms: milliseconds,
  ended_ms: milliseconds,
});

const skill = z.object({
  id: z.string(),
  status: z.enum(["installed", "unchanged", "removed", "conflict", "failed", "cancelled", "metadata_only"]),
  source,
  commit: commit.nullable(),
  tree: z.string().nullable(),
  integrity: z.string().nullable(),
  sync: z.object({
    status: z.enum(["cloned", "updated", "skipped", "failed", "cancelled"]),
    started_ms: milliseconds.nullable(),
    ended_ms: milliseconds.nullable(),
    attempts: count,
    completion_order: z.int().min(1).nullable(),
  }),
  targets: z.array(target),
  diagnostics: z.array(diagnostic),
});

const concurrency = z.object({
  requested: z.union([z.int().min(1).max(100), z.literal("auto")]),
  origin: z.enum(["flag", "environment", "manifest", "default"]),
  minimum: z.int().min(1),
  peak: count,
  final: count,
  descriptor_limit: count.nullable(),
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
  to: count.optional().describe("only of rollback"),
  manifest: z.string(),
  lockfile: z.string(),
  started_at: z.string(),
  elapsed_ms: duration,
  exit_code: count,
  outcome: z.enum(["ok", "failed", "conflict", "cancelled", "breached"]),
  breach: z
    .object({
      budget: z.enum(["deadline", "failures", "download"]),
      limit: z.number(),
      observed: z.number(),
      at_ms: milliseconds,
    })
    .nullable(),
  concurrency,
  phases: z.object({ sync: phase.nullable(), install: phase.nullable() }),
  summary: z.object({
    skills: count,
    repositories: count,
    sync: z.object({ cloned: count, updated: count, skipped: count, failed: count, cancelled: count }),
    install: z.object({ create: count, update: count, noop: count, conflict: count, remove: count, failed: count }),
    warm: z.object({ hydrated: count, skipped_existing: count, failed: count }).optional().describe("only of warm"),
  }),
  skills: z.array(skill),
  diagnostics: z.array(diagnostic).describe("what concerns the whole run"),
  metrics: z.object({
    git_processes: count,
    bytes_received: count,
    peak_in_flight: count,
    requeued: count,
    retried: count,
    queue_wait_ms: percentiles,
    task_ms: percentiles,
    baseline_task_ms: z.number().nullable(),
    current_task_ms: z.number().nullable(),
    performance_gain_percent: z.number().nullable(),
    peak_rss_mb: z.number(),
  }),
  removed: z.array(z.string()).optional().describe("only of remove: ids"),
  installed: z.array(z.string()).optional().describe("only of install: ids"),
  skipped: z
    .array(z.object({ path: z.string(), reason: z.string() }))
    .optional()
    .describe("only of install: what of the source was left out"),
});

export const planSchema = z.array(
  z.object({
    skill_id: z.string(),
    source_path: z.string().nullable().describe("null for a skill that was never synced, or goes away"),
    target_path: z.string(),
    install_mode: installMode,
    action,
    reasons: z.array(z.string()),
  }),
);

export const listSchema = z.object({
  schema_version: z.literal(1),
  command: z.literal("list"),
  count,
  skills: z.array(
    z.object({
      id: z.string(),
      source,
      install: z.object({ mode: installMode }),
      verify: z.object({ enabled: z.boolean(), checks: z.array(z.string()) }),
      targets: z.array(z.object({ agent: z.string(), path: z.string() })),
      commit: commit.nullable(),
      version: z.string().nullable().describe("the pinned version of a registry's skill"),
      enabled: z.boolean(),
    }),
  ),
  diagnostics: z.array(diagnostic).describe("what is odd about manifest and lockfile"),
});

export const doctorSchema = z.object({
  schema_version: z.literal(1),
  command: z.literal("doctor"),
  manifest: z.string().describe("absolute"),
  summary: z.object({ total: count, error: count, warning: count }),
  findings: z.array(
    z.object({
      code: z.string(),
      severity: z.enum(["error", "warning"]),
      skill_id: z.string().nullable(),
      target_path: z.string().nullable(),
      message: z.string(),
      remediation: z.string(),
    }),
  ),
  agents: z
    .array(
      z.object({
        agent: z.string(),
        directories: z.array(z.object({ path: z.string(), skills: z.array(z.string()) })),
      }),
    )
    .describe("what each agent of the manifest really sees"),
  diagnostics: z.array(diagnostic).describe("what is odd about the manifest"),
});

const SCHEMAS = { report: reportSchema, plan: planSchema, list: listSchema, doctor: doctorSchema };

/** The JSON Schema of one document. Unknown fields are allowed: a later version may add some. */
export function outputJsonSchema(what: keyof typeof SCHEMAS): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(SCHEMAS[what].meta({ title: `eden-skills ${what}` }), { io: "input" });
}
