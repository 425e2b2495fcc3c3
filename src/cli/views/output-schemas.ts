import * as z from "zod/mini";
import { eventSchema } from "../outputs/event-schema.js";
import { inventorySchema } from "./inventory-schema.js";
import { planSchema } from "./plan-schema.js";
import { proposeSchema } from "./propose-schema.js";
import { commit, count, diagnostic, installMode, reportSchema, source } from "./report-schema.js";

/**
 * The zod schemas of the documents that commands print with --json. Import this module when it is
 * needed.
 */

const skillState = z.enum(["installed", "missing", "edited", "stale", "conflict", "unknown", "disabled", "dev"]);

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
      commit: z.nullable(commit),
      version: z.nullable(z.string()).check(z.describe("the pinned version of a registry's skill")),
      enabled: z.boolean(),
      groups: z.array(z.string()),
      alias: z.nullable(z.string()).check(z.describe("the name in the front matter of the installed copy")),
      wanted: z.boolean().check(z.describe("enabled, and in no group or in one that this machine has")),
      collection: z.nullable(z.string()),
      state: z.nullable(skillState).check(z.describe("null if the record of what we installed is unreadable")),
      dev: z.nullable(z.string()).check(z.describe("the directory of a skill in development")),
      skill_version: z.nullable(z.string()).check(z.describe("of its front matter")),
      bytes: z.nullable(count).check(z.describe("of its files; null for content that is not in the store")),
    }),
  ),
  diagnostics: z.array(diagnostic).check(z.describe("warnings about manifest and lockfile")),
});

export const doctorSchema = z.object({
  schema_version: z.literal(1),
  command: z.literal("doctor"),
  manifest: z.string().check(z.describe("absolute")),
  summary: z.object({ total: count, error: count, warning: count }),
  findings: z.array(
    z.object({
      code: z.string(),
      severity: z.enum(["error", "warning"]),
      skill_id: z.nullable(z.string()),
      target_path: z.nullable(z.string()),
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
    .check(z.describe("what each agent of the manifest really sees")),
  diagnostics: z.array(diagnostic).check(z.describe("warnings about the manifest")),
});

const shownTarget = z.object({
  agents: z.array(z.string()),
  path: z.string().check(z.describe("absolute")),
  mode: installMode,
  state: z.enum(["installed", "missing", "edited", "stale", "conflict", "unknown"]),
});

const skippedItem = z.object({ path: z.string(), reason: z.string() });

export const showSchema = z.object({
  schema_version: z.literal(1),
  command: z.literal("show"),
  skill: z
    .nullable(
      z.object({
        id: z.string(),
        name: z.nullable(z.string()),
        description: z.nullable(z.string()),
        version: z.nullable(z.string()).check(z.describe("of the front matter")),
        license: z.nullable(z.string()),
        compatibility: z.nullable(z.string()),
        front_matter: z.record(z.string(), z.unknown()),
        warnings: z.array(z.string()),
        files: z.array(z.object({ path: z.string(), bytes: count, mode: z.enum(["100644", "100755", "120000"]) })),
        bytes: count,
        text: z.string().check(z.describe("the Markdown after the front matter")),
        capabilities: z.array(z.string()).check(z.describe("`kind: value`: what it can do, sorted")),
        origin: z.extend(source, { commit: z.nullable(commit), registry_version: z.nullable(z.string()) }),
        state: z.nullable(skillState).check(z.describe("null for a skill that is not in the manifest")),
        targets: z.array(shownTarget),
        collection: z.nullable(z.string()),
      }),
    )
    .check(z.describe("null for a source with several skills, none of which was named")),
  skills: z.array(z.object({ name: z.string(), description: z.string(), path: z.string() })),
  skipped: z.array(skippedItem),
  diagnostics: z.array(diagnostic).check(z.describe("warnings about the manifest")),
});

const fileLine = { file: z.string().check(z.describe("absolute")), line: z.nullable(count) };

export const whySchema = z.object({
  schema_version: z.literal(1),
  command: z.literal("why"),
  skill: z
    .nullable(
      z.object({
        id: z.string(),
        state: skillState,
        enabled: z.boolean(),
        groups: z.array(z.string()),
        entry: z.object(fileLine).check(z.describe("its entry in the manifest, or that of its collection")),
        source,
        collection: z.nullable(z.string()),
        registry: z.nullable(z.object({ from: z.nullable(z.string()), version: z.string() })),
        lock: z.nullable(
          z.object({
            ...fileLine,
            commit: z.nullable(commit),
            tree: z.nullable(z.string()),
            integrity: z.nullable(z.string()),
          }),
        ),
        targets: z.array(shownTarget),
        seen_by: z.array(z.object({ agent: z.string(), path: z.string() })),
      }),
    )
    .check(z.describe("null if the path belongs to no skill of the manifest")),
  path: z
    .nullable(
      z.object({
        path: z.string(),
        kind: z.enum(["absent", "link", "directory", "file"]),
        link: z.nullable(z.string()),
        owner: z.enum(["ours", "former", "other", "none"]),
        skill: z.nullable(z.string()),
        manifest: z.nullable(z.string()),
      }),
    )
    .check(z.describe("null if a skill was named")),
  diagnostics: z.array(diagnostic),
});

export const agentsSchema = z.object({
  schema_version: z.literal(1),
  command: z.literal("agents"),
  count,
  agents: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      detected: z.boolean(),
      used: z.boolean(),
      own: z.boolean(),
      project_dir: z.nullable(z.string()),
      global_dir: z.nullable(z.string()),
      also_reads: z.object({ project: z.array(z.string()), global: z.array(z.string()) }),
      reads_above: z.boolean(),
      retired: z.nullable(z.object({ on: z.string(), successor: z.nullable(z.string()) })),
      warning: z.nullable(z.string()),
    }),
  ),
  diagnostics: z.array(diagnostic),
});

export const diffSchema = z.object({
  schema_version: z.literal(1),
  command: z.literal("diff"),
  upstream: z.boolean().check(z.describe("pins were compared with their refs, not with what is installed")),
  different: count,
  skills: z.array(
    z.object({
      id: z.string(),
      status: z.enum(["same", "different", "missing", "conflict", "failed"]),
      from: z.nullable(commit),
      to: z.nullable(commit),
      targets: z.array(z.string()),
      message: z.nullable(z.string()),
      files: z.array(
        z.object({
          path: z.string(),
          change: z.enum(["added", "modified", "removed"]),
          mode: z.object({ before: z.nullable(z.string()), after: z.nullable(z.string()) }),
          bytes: z.object({ before: count, after: count }),
          binary: z.boolean(),
          diff: z.string().check(z.describe("hunks of a unified diff")),
        }),
      ),
    }),
  ),
  diagnostics: z.array(diagnostic),
});

const policyStatus = z.enum(["allowed", "denied", "waived", "undecided"]);

const policyVerdict = z.object({
  rule: z.string(),
  status: policyStatus,
  origin: z.enum(["manifest", "team", "machine"]),
  file: z.string().check(z.describe("the file of the rule; absolute")),
  line: count,
  message: z.string(),
  waiver: z.nullable(z.object({ reason: z.string(), expires: z.string() })),
});

export const policyCheckSchema = z.object({
  schema_version: z.literal(1),
  command: z.literal("policy check"),
  files: z
    .array(z.object({ origin: z.enum(["manifest", "team", "machine"]), file: z.string() }))
    .check(z.describe("the files that have rules; all of them hold")),
  summary: z.object({ skills: count, allowed: count, denied: count, waived: count, undecided: count }),
  skills: z.array(z.object({ id: z.string(), status: policyStatus, rules: z.array(policyVerdict) })),
  diagnostics: z.array(diagnostic).check(z.describe("warnings about manifest and lockfile")),
});

const SCHEMAS = {
  report: reportSchema,
  events: eventSchema,
  plan: planSchema,
  list: listSchema,
  doctor: doctorSchema,
  show: showSchema,
  why: whySchema,
  agents: agentsSchema,
  diff: diffSchema,
  inventory: inventorySchema,
  "policy-check": policyCheckSchema,
  propose: proposeSchema,
};

/** The JSON Schema of one document. Unknown fields are allowed: a later version may add some. */
export function outputJsonSchema(what: keyof typeof SCHEMAS): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(SCHEMAS[what].check(z.meta({ title: `eden-skills ${what}` })), { io: "input" });
}
