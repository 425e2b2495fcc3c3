import * as z from "zod/mini";
import { coded, rule } from "../format/coded-issues.js";
import { addEntry, type ForeignFile } from "./foreign-skill.js";
import { readFields } from "./read-fields.js";

const text = z.optional(z.nullable(z.string()));

const entrySchema = z.object({
  repo_url: text,
  host: text,
  port: z.optional(z.nullable(z.int())),
  virtual_path: text,
  resolved_ref: text,
  resolved_commit: text,
  resolved_tag: text,
  constraint: text,
  skill_subset: z.optional(z.nullable(z.array(z.string()))),
  depth: z.optional(z.nullable(z.int())),
  source: text,
  local_path: text,
  marketplace_plugin_name: text,
});

/** A package that apm has resolved. */
export type ApmPackage = z.infer<typeof entrySchema>;

const VERSIONS = new Set(["1", "2"]);

const lockSchema = z.object({
  // Before there were versions, the files were as those of version 1.
  lockfile_version: z.prefault(
    z
      .pipe(
        z.transform((value) => (typeof value === "number" ? String(value) : value)),
        z.string(),
      )
      .check(
        coded("UNSUPPORTED_VERSION"),
        rule("UNSUPPORTED_VERSION", (version) => (VERSIONS.has(version) ? null : "1 and 2 are known")),
      ),
    "1",
  ),
  dependencies: z.array(entrySchema),
  mcp_servers: z.optional(z.nullable(z.array(z.unknown()))),
});

/** An `apm.lock.yaml`. @throws EdenError `IMPORT_INVALID` that names the first wrong field. */
export function readApmLock(document: unknown): z.infer<typeof lockSchema> {
  return readFields(lockSchema, document);
}

/** The skills of the packages in an `apm.lock.yaml`, without its `apm.yml`. */
export function apmLockFile(document: unknown): ForeignFile {
  const { dependencies, mcp_servers: servers } = readApmLock(document);
  const file: ForeignFile = { format: "apm.lock.yaml", skills: [], skipped: [], agents: [] };
  for (const [index, one] of dependencies.entries()) addPackage(file, `dependencies[${index}]`, one);
  if (servers != null && servers.length > 0)
    file.skipped.push({
      id: "mcp_servers",
      code: "SETTINGS_LEFT",
      reason: "MCP servers are no skills: they stay with apm",
    });
  return file;
}

/**
 * Adds the skills of a package, all or those of its subset.
 * @param ref instead of the resolved one; "" for the default branch.
 */
export function addPackage(file: ForeignFile, place: string, one: ApmPackage, ref?: string): void {
  const id = one.repo_url ?? place;
  // The project itself.
  if (one.source === "local" && (one.local_path ?? ".") === ".") return;
  if (one.source != null) {
    const reason =
      one.source === "local" ? "it comes from a directory of a package" : "it comes from a registry of apm";
    file.skipped.push({ id, code: "INVALID_REPO_URL", reason });
    return;
  }
  const subpath = one.virtual_path ?? undefined;
  if (isSingleFile(subpath)) {
    file.skipped.push({ id: `${id}/${subpath}`, ...NO_SKILL });
    return;
  }
  const { constraint, resolved_tag: tag, resolved_ref: asked } = one;
  const resolved = (constraint == null ? asked : tag) ?? "";
  addEntry(
    file,
    id,
    {
      source: addressOf(one),
      ref: ref ?? (resolved === one.resolved_commit ? "" : resolved),
      subpath,
      commit: one.resolved_commit ?? "",
      only: one.skill_subset ?? [],
    },
    true,
  );
}

/** Why a file that is no skill is not imported. */
export const NO_SKILL = { code: "SETTINGS_LEFT", reason: "it is a single file and no skill: it stays with apm" };

/** True for a package that is one prompt, instruction or agent. */
export function isSingleFile(path: string | undefined): boolean {
  return path !== undefined && /\.(?:prompt|instructions|agent|chatmode)\.md$/iu.test(path);
}

function addressOf({ repo_url: repo = null, host = null, port = null }: ApmPackage): unknown {
  if (repo === null || repo === "") return undefined;
  if (repo.includes("://") || /^[^/]+@[^/]+:/u.test(repo)) return repo;
  const parts = repo.split("/");
  const isNamed = parts.length > 2 && parts[0]?.includes(".") === true;
  const named = isNamed ? parts[0] : host;
  const path = (isNamed ? parts.slice(1) : parts).join("/");
  if (named == null || named === "github.com") return path;
  return `https://${named}${port === null ? "" : `:${port}`}/${path}`;
}

/**
 * What identifies a package in both files: host, repository and path, in lower case.
 * @param words an address or a short form, without ref, then paths below it.
 */
export function apmKey(...words: (string | null | undefined)[]): string {
  const path = words
    .filter((word) => word != null && word !== "")
    .join("/")
    .replace(/^(?:[a-z+]+:\/\/)?(?:git@)?/iu, "")
    .replace(/^(?<host>[^/:]+):(?!\d+\/)/u, "$<host>/")
    .replace(/\.git(?=\/|$)/u, "")
    .replace(/\/+$/u, "")
    .toLowerCase();
  return /^[^/]+\.[^/]+\/[^/]+\//u.test(path) ? path : `github.com/${path}`;
}

/** The same for a package of the lock file. */
export function apmKeyOf({ repo_url: repo, host, port, virtual_path: path }: ApmPackage): string {
  const isWhole = repo?.includes("://") === true || host == null || repo?.startsWith(`${host}/`) === true;
  return apmKey(isWhole ? null : `${host}${port == null ? "" : `:${port}`}`, repo, path);
}
