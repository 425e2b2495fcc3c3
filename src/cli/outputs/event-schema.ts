import * as z from "zod/mini";
import type { RunEvent } from "../../run/events.js";
import { action, commit, count, environment, pinMove } from "../views/report-schema.js";
import { snake } from "./event-line.js";

const milliseconds = z.int().check(z.minimum(0), z.describe("milliseconds since its run began"));
const duration = z.int().check(z.minimum(0), z.describe("milliseconds"));
const task = z.string().check(z.describe("the repository: see the event repository with this task"));
const skill = z.string().check(z.describe("id"));
const error = z.object({ code: z.string(), message: z.string(), hint: z.nullable(z.string()) });
const phase = { phase: z.enum(["sync", "install"]) };
const content = z.object({
  commit,
  tree: z.string(),
  integrity: z.string(),
  installed_integrity: z.optional(z.string()),
});

/** The fields of each event besides `event` and `at_ms`. */
const FIELDS = {
  "run-started": {
    started_at: z.string(),
    concurrency: z.object({ requested: z.union([count, z.literal("auto")]), origin: z.string() }),
    minimum: count,
    descriptor_limit: z.nullable(count),
  },
  "run-ended": {},
  "step-started": { step: z.enum(["source", "collections", "registries", "upstream", "sync"]) },
  "phase-started": { ...phase, targets: z.optional(count) },
  "phase-ended": phase,
  repository: {
    task,
    name: z.string(),
    host: z.string(),
    is_remote: z.boolean(),
    skills: z.array(skill),
  },
  "git-process": {},
  "bytes-received": { task, bytes: count },
  "task-activity": { task, activity: z.enum(["asking", "fetching", "reading", "writing"]) },
  "task-queued": { task },
  "task-started": { task, attempt: count, waited_ms: duration, in_flight: count },
  "task-again": {
    task,
    kind: z.enum(["retried", "requeued"]),
    delay_ms: duration,
    retry: count,
    of: z.nullable(count),
    error,
  },
  "task-ended": {
    task,
    status: z.enum(["done", "failed", "cancelled"]),
    attempts: count,
    started_ms: z.nullable(milliseconds),
    error: z.nullable(error),
  },
  "limit-changed": { from: count, to: count, governor: z.string(), reason: z.string() },
  breached: { breach: z.object({ budget: z.string(), limit: z.number(), observed: z.number() }) },
  "skill-synced": {
    skill,
    status: z.enum(["cloned", "updated", "skipped", "failed", "cancelled"]),
    started_ms: z.nullable(milliseconds),
    attempts: count,
    content: z.nullable(content),
    from_remote_store: z.optional(z.literal(true)),
    error: z.nullable(error),
  },
  "skill-pushed": { skill, status: z.enum(["pushed", "present", "failed"]) },
  "pin-kept": { skill, content },
  "pin-moved": { skill, move: pinMove },
  "target-ended": {
    skill,
    agents: z.array(z.string()),
    path: z.string(),
    environment,
    action,
    status: z.enum(["done", "failed", "conflict", "cancelled"]),
    reasons: z.array(z.string()),
    started_ms: milliseconds,
    error: z.nullable(error),
  },
  notice: {
    skill: z.nullable(skill),
    severity: z.enum(["error", "warning", "info"]),
    code: z.string(),
    stage: z.string(),
    message: z.string(),
    hint: z.nullable(z.string()),
  },
  waiting: { for: z.string(), pid: z.int(), task: z.optional(task) },
  waited: { for: z.string(), waited_ms: duration, task: z.optional(task) },
} satisfies Record<RunEvent["type"], Record<string, z.ZodMiniType>>;

const schemaVersion = z.optional(z.literal(1)).check(z.describe("only in the first line"));

const result = z.object({
  schema_version: schemaVersion,
  event: z.literal("result"),
  at_ms: milliseconds,
  outcome: z.string(),
  exit_code: count,
  error: z.nullable(error),
});

/** The zod schema of one line of `--events`. */
export const eventSchema = z.union([
  ...Object.entries(FIELDS).map(([type, fields]) =>
    z.object({ schema_version: schemaVersion, event: z.literal(snake(type)), at_ms: milliseconds, ...fields }),
  ),
  result,
]);
