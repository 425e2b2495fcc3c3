import * as z from "zod/mini";
import { sanitize, EdenError } from "../errors.js";
import type { SkillLimits } from "../manifest/document/manifest.js";
import { rule } from "../manifest/format/coded-issues.js";
import { readDocument, type DocumentIssue } from "../manifest/format/read-document.js";
import { skillIdProblem } from "../manifest/names/skill-id.js";
import { parseJson } from "../system/parse-json.js";
import { checkEntries } from "./skill-tree.js";

/** The location of a skill's content, according to the index. */
export type SiteContent =
  /** Single files, by their paths below the skill's name, beside the index. */
  | { kind: "files"; paths: string[] }
  /**
   * A SKILL.md or an archive, at an address that may be relative to the index; `digest` is a
   * SHA-256 in hex.
   */
  | { kind: "skill-md" | "archive"; url: string; digest: string };

/** A skill in an index; all fields were validated. */
export interface SiteSkill {
  name: string;
  description: string;
  content: SiteContent;
}

export interface SiteIndex {
  skills: SiteSkill[];
  /** Listed skills that cannot be used; `code` names the problem. */
  skipped: { path: string; reason: string; code: string }[];
}

/** Supported schemas of an index; without a schema it is version 0.1. */
const SCHEMA = "https://schemas.agentskills.io/discovery/0.2.0/schema.json";

/**
 * Reads the index of skills that a site publishes, of version 0.1 (a list of files) or 0.2 (an
 * artifact with its digest).
 * @returns null for a document that is not an index, such as a page that a site returns for every
 *   address. Invalid skills are skipped.
 * @throws EdenError `SITE_INVALID` for an index of an unknown kind.
 */
export function readSiteIndex(content: Buffer, limits: SkillLimits): SiteIndex | null {
  const document = parseJson(indexSchema, content.toString("utf8"));
  if (document === null) return null;
  const { $schema: schema, skills: entries } = document;
  if (schema !== undefined && schema !== SCHEMA) {
    const found = typeof schema === "string" ? sanitize(schema.slice(0, 200)) : "which is not text";
    throw new EdenError("SITE_INVALID", `the index of skills has a schema that is not known: ${found}`, {
      stage: "resolve",
      hint: "A newer eden-skills may support it.",
    });
  }
  const index: SiteIndex = { skills: [], skipped: [] };
  const names = entries.map((entry) => z.safeParse(namedSchema, entry).data?.name);
  const counts = new Map<string | undefined, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const [place, entry] of entries.entries()) {
    const name = names[place];
    const isTwice = name !== undefined && (counts.get(name) ?? 0) > 1;
    const skill = isTwice
      ? { code: "DUPLICATE_SKILL_ID", reason: "its name is listed twice" }
      : readSkill(entry, schema !== undefined, limits);
    if ("reason" in skill) index.skipped.push({ path: shown(name ?? `entry ${place + 1}`), ...skill });
    else index.skills.push(skill);
  }
  return index;
}

const indexSchema = z.object({ $schema: z.optional(z.unknown()), skills: z.array(z.unknown()) });
const namedSchema = z.object({ name: z.string() });

const entryFields = {
  name: z.string("it has no name").check(rule("INVALID_SKILL_ID", skillIdProblem)),
  description: z.string("it has no description").check(z.regex(/\S/u, "it has no description")),
};

/** An entry of version 0.1. */
const filesSchema = z.object({
  ...entryFields,
  files: z.array(z.string("it has no list of files"), "it has no list of files"),
});

/** An entry of version 0.2. */
const artifactSchema = z.object({
  ...entryFields,
  type: z.enum(["skill-md", "archive"], {
    error: ({ input }) => `its type ${JSON.stringify(shown(String(input)))} is not known`,
  }),
  url: z.string("it has no url").check(z.maxLength(2048, "it has no url")),
  digest: z.pipe(
    z.string("it has no SHA-256 digest").check(z.regex(/^sha256:[0-9a-f]{64}$/iu, "it has no SHA-256 digest")),
    z.transform((digest) => digest.slice("sha256:".length).toLowerCase()),
  ),
});

/** Why an entry of an index is skipped. `SKILL_INVALID`: incomplete or with unknown values. */
interface Refusal {
  code: string;
  reason: string;
}

function readSkill(entry: unknown, isArtifact: boolean, limits: SkillLimits): SiteSkill | Refusal {
  if (isArtifact) {
    const reading = readDocument(artifactSchema, entry);
    if ("issues" in reading) return refusal(reading.issues);
    const { name, description, type, url, digest } = reading.document;
    return { name, description, content: { kind: type, url, digest } };
  }
  const reading = readDocument(filesSchema, entry);
  if ("issues" in reading) return refusal(reading.issues);
  const { name, description, files } = reading.document;
  const content = checkFiles([...new Set(files)], limits);
  return "reason" in content ? content : { name, description, content };
}

function refusal([{ code, message }]: readonly [DocumentIssue, ...DocumentIssue[]]): Refusal {
  return { code: code === "INVALID_SKILL_ID" ? code : "SKILL_INVALID", reason: message };
}

function checkFiles(paths: string[], limits: SkillLimits): SiteContent | Refusal {
  if (!paths.includes("SKILL.md")) return { code: "SKILL_INVALID", reason: "SKILL.md is missing from its files" };
  try {
    checkEntries(
      paths.map((path) => ({ path: Buffer.from(path), mode: "100644", oid: "" })),
      limits,
    );
  } catch (error) {
    if (error instanceof EdenError) return { code: error.code, reason: error.message };
    throw error;
  }
  return { kind: "files", paths };
}

function shown(value: string): string {
  return sanitize(value.length > 120 ? `${value.slice(0, 120)}…` : value);
}
