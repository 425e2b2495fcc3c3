import { posix } from "node:path";
import * as z from "zod/mini";
import { mapOf } from "../../system/parse-json.js";
import { ABBREVIATED_ID, isObjectId } from "../names/object-id.js";
import { addEntry, type ForeignFile } from "./foreign-skill.js";
import { readFields } from "./read-fields.js";

/** Agents to which that tool gives another id. */
const AGENT_IDS: Readonly<Record<string, string>> = {
  agents: "universal",
  claude: "claude-code",
  copilot: "github-copilot",
  gemini: "gemini-cli",
  kiro: "kiro-cli",
};

const text = z.optional(z.nullable(z.string()));
const entryShape = {
  source: text,
  kind: text,
  type: text,
  tracked: z.optional(z.nullable(z.boolean())),
  branch: text,
  repo_url: text,
  subdir: text,
  version: text,
  tree_hash: text,
};
const storeSchema = z.object({ version: z.literal(1), entries: mapOf(z.object(entryShape)) });
const listedSchema = z.object({ name: z.string(), ...entryShape });
const configSchema = z.object({
  skills: z.optional(z.nullable(z.array(listedSchema))),
  targets: z.optional(
    z.nullable(
      z.union([
        z.array(z.union([z.string(), z.looseObject({ name: z.string() })])),
        z.pipe(
          mapOf(z.unknown()),
          z.transform((targets) => [...targets.keys()]),
        ),
      ]),
    ),
  ),
  source: text,
  sources: z.optional(z.nullable(z.object({ skills: text }))),
});

/** The file in which skillshare keeps what it has installed, relative to its configuration. */
export const SKILLSHARE_STORE = "skills/.metadata.json";

/** True for the document of a `.metadata.json` of skillshare. */
export function isSkillshareStore(document: unknown): boolean {
  return z.safeParse(z.looseObject({ version: z.number(), entries: z.record(z.string(), z.unknown()) }), document)
    .success;
}

/** Reads a `.metadata.json`: its entries by their paths. @throws EdenError `IMPORT_INVALID`. */
export function readSkillshareStore(document: unknown): ForeignFile {
  const file = emptyFile([]);
  for (const [path, entry] of readFields(storeSchema, document).entries) addSkill(file, path, entry);
  return file;
}

/**
 * Reads a `config.yaml`, or an older `registry.yaml`: the skills in it and those of its store, for its
 * targets.
 * @param store null without one.
 * @throws EdenError `IMPORT_INVALID`.
 */
export function readSkillshareConfig(document: unknown, store: ForeignFile | null): ForeignFile {
  const { skills, targets, source, sources } = readFields(configSchema, document);
  const names = (targets ?? []).map((target) => (typeof target === "string" ? target : target.name));
  const file = emptyFile(names.map((name) => AGENT_IDS[name] ?? name));
  file.skills.push(...(store?.skills ?? []));
  file.skipped.push(...(store?.skipped ?? []));
  const known = new Set([...file.skills, ...file.skipped].map(({ id }) => id));
  for (const { name, ...entry } of skills ?? []) if (!known.has(posix.basename(name))) addSkill(file, name, entry);
  const elsewhere = sources?.skills ?? source;
  if (store === null && elsewhere != null) {
    const reason = `what is installed is in another directory: import ${elsewhere}/.metadata.json as well`;
    file.skipped.push({ id: "sources.skills", code: "SETTINGS_LEFT", reason });
  }
  return file;
}

function emptyFile(agents: readonly string[]): ForeignFile {
  return { format: "skillshare", skills: [], skipped: [], agents: [...new Set(agents)] };
}

/** @param path its directory, the last name of which is its own. */
function addSkill(file: ForeignFile, path: string, entry: z.infer<z.ZodMiniObject<typeof entryShape>>): void {
  const { source, kind, tracked, branch, repo_url: url, subdir, version, tree_hash: tree } = entry;
  const id = posix.basename(path);
  if (kind === "agent") {
    file.skipped.push({ id, code: "SETTINGS_LEFT", reason: "it is an agent and no skill: it stays with skillshare" });
    return;
  }
  const isRepository = url != null && url !== "";
  const ids = {
    // Of a source that is no repository, it is another version.
    commit: version != null && ABBREVIATED_ID.test(version) ? version : "",
    tree: tree != null && isObjectId(tree) ? tree : "",
  };
  const place = { source: isRepository ? url : shortOf(source), ref: branch ?? "", ...ids };
  const isAll = tracked === true;
  if (isAll || subdir == null || subdir === "")
    addEntry(file, id, { ...place, tree: "", only: isAll || isRepository ? [] : [id] }, true);
  else addEntry(file, id, { id, ...place, subpath: subdir });
}

/** A source without the name of GitHub, which other hosts' addresses keep. */
function shortOf(source: string | null | undefined): string | undefined {
  const path = source?.replace(/^(?:https?:\/\/)?github\.com\//iu, "") ?? undefined;
  return path === source || path === undefined ? path : path.replace(/\.git(?=\/|$)/u, "");
}
