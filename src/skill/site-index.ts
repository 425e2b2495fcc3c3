import { sanitize, EdenError } from "../errors.js";
import type { SkillLimits } from "../manifest/document/manifest.js";
import { skillIdProblem } from "../manifest/names/skill-id.js";
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
  const document = parse(content);
  const entries = field(document, "skills");
  if (!Array.isArray(entries)) return null;
  const schema = field(document, "$schema");
  if (schema !== undefined && schema !== SCHEMA) {
    const said = typeof schema === "string" ? sanitize(schema.slice(0, 200)) : "which is no text";
    throw new EdenError("SITE_INVALID", `the index of skills has a schema that is not known: ${said}`, {
      stage: "resolve",
      hint: "A newer eden-skills may support it.",
    });
  }
  const index: SiteIndex = { skills: [], skipped: [] };
  const counts = new Map<string, number>();
  for (const entry of entries) {
    const name = text(entry, "name");
    if (name !== null) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  for (const [place, entry] of entries.entries()) {
    const name = text(entry, "name");
    const skill =
      name !== null && (counts.get(name) ?? 0) > 1
        ? { code: "DUPLICATE_SKILL_ID", reason: "its name is listed twice" }
        : readSkill(entry, schema !== undefined, limits);
    if ("reason" in skill) index.skipped.push({ path: shown(name ?? `entry ${place + 1}`), ...skill });
    else index.skills.push(skill);
  }
  return index;
}

/** Why an entry of an index is skipped. `SKILL_INVALID`: incomplete or with unknown values. */
interface Refusal {
  code: string;
  reason: string;
}

function readSkill(entry: unknown, isArtifact: boolean, limits: SkillLimits): SiteSkill | Refusal {
  const name = text(entry, "name");
  if (name === null) return invalid("it has no name");
  const problem = skillIdProblem(name);
  if (problem !== null) return { code: "INVALID_SKILL_ID", reason: problem };
  const description = text(entry, "description");
  if (description === null || description.trim() === "") return invalid("it has no description");
  const content = isArtifact ? readArtifact(entry) : readFiles(entry, limits);
  if (typeof content === "string") return invalid(content);
  return "reason" in content ? content : { name, description, content };
}

function invalid(reason: string): Refusal {
  return { code: "SKILL_INVALID", reason };
}

function readArtifact(entry: unknown): SiteContent | string {
  const type = text(entry, "type");
  if (type !== "skill-md" && type !== "archive") return `its type ${quoted(type)} is not known`;
  const url = text(entry, "url");
  if (url === null || url.length > 2048) return "it has no url";
  const digest = /^sha256:([0-9a-f]{64})$/iu.exec(text(entry, "digest") ?? "")?.[1]?.toLowerCase();
  return digest === undefined ? "it has no SHA-256 digest" : { kind: type, url, digest };
}

function readFiles(entry: unknown, limits: SkillLimits): SiteContent | Refusal | string {
  const files = field(entry, "files");
  if (!Array.isArray(files) || !files.every((path) => typeof path === "string")) return "it has no list of files";
  const paths = [...new Set(files as string[])];
  if (!paths.includes("SKILL.md")) return "SKILL.md is missing from its files";
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

function parse(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString("utf8").replace(/^\ufeff/u, ""));
  } catch {
    return null;
  }
}

/** Reads an own field: inherited ones were not in the document. */
function field(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<string, unknown>)[key];
}

function text(value: unknown, key: string): string | null {
  const found = field(value, key);
  return typeof found === "string" ? found : null;
}

function quoted(value: string | null): string {
  return value === null ? "(none)" : JSON.stringify(shown(value));
}

function shown(value: string): string {
  return sanitize(value.length > 120 ? `${value.slice(0, 120)}…` : value);
}
