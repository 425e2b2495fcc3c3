import * as z from "zod/mini";
import { SEVERITIES, type AuditRule } from "../../skill/audit/finding.js";
import { RULES } from "../../skill/audit/rules.js";
import { commit, count, diagnostic } from "./report-schema.js";

const finding = z.object({
  rule: z.enum(Object.keys(RULES) as AuditRule[]),
  severity: z.enum(SEVERITIES),
  file: z.string().check(z.describe("relative to the skill")),
  line: z.nullable(count),
  message: z.string(),
});

const pin = z.object({
  id: z.string(),
  from: z.nullable(commit).check(z.describe("null for a new skill; a digest for a skill of a site")),
  to: z.nullable(commit).check(z.describe("null for one that upstream removed from a collection")),
  capabilities: z
    .object({ added: z.array(z.string()), removed: z.array(z.string()) })
    .check(z.describe("`kind: value`: what the skill can newly do, and no longer does")),
  findings: z.array(finding).check(z.describe("that the new content has and the old one had not")),
});

const proposal = z.object({
  group: z.nullable(z.string()),
  branch: z.string(),
  base: z.string(),
  action: z.enum(["opened", "renewed", "unchanged", "closed", "none", "kept", "declined"]),
  message: z.nullable(z.string()).check(z.describe("why it was kept or declined")),
  number: z.nullable(count),
  url: z.nullable(z.string()),
  commit: z.nullable(commit).check(z.describe("null if no pin moves")),
  title: z.nullable(z.string()),
  body: z.nullable(z.string()),
  pins: z.array(pin),
  failed: z.array(z.string()).check(z.describe("ids of skills that could not be compared")),
  failures: z.array(z.object({ id: z.string(), message: z.string() })).check(z.describe("the same with the reasons")),
});

/** The document of `propose --json`. */
export const proposeSchema = z.object({
  schema_version: z.literal(1),
  command: z.literal("propose"),
  dry_run: z.boolean(),
  sarif: z.nullable(z.string()).check(z.describe("the file with the new findings; absolute")),
  proposals: z.array(proposal),
  diagnostics: z.array(diagnostic),
});
