import * as z from "zod/mini";
import { commit, count, diagnostic } from "./report-schema.js";

const text = z.nullable(z.string());

/** The zod schema of the document that `inventory --json` prints. */
export const inventorySchema = z.object({
  schema_version: z.literal(1),
  command: z.literal("inventory"),
  roots: z.array(z.string()).check(z.describe("the directories that were searched; absolute")),
  count,
  skills: z
    .array(
      z.object({
        path: z.string().check(z.describe("absolute")),
        agents: z.array(z.string()).check(z.describe("ids of the agents that read it there")),
        name: z.string(),
        repository: text.check(z.describe("as in the lockfile; null if no manifest has installed it")),
        subpath: text,
        ref: text,
        commit: z.nullable(commit),
        integrity: text.check(z.describe("of the files that are there; null if they cannot be read")),
        status: z
          .enum(["managed", "edited", "outdated", "unknown"])
          .check(z.describe("outdated: behind the lockfile, or with --online behind its ref")),
        owner: text.check(z.describe("the manifest that has installed it, or a tool with its version")),
      }),
    )
    .check(z.describe("sorted by path")),
  failures: z
    .array(z.object({ path: z.string(), code: z.string(), message: z.string() }))
    .check(z.describe("what could not be read")),
  diagnostics: z.array(diagnostic),
});
