import { join } from "node:path";
import { EdenError } from "../errors.js";
import { addEntry, type ForeignEntry, type ForeignFile } from "../manifest/foreign/foreign-skill.js";
import { readWholeSkillFile } from "../skill/front-matter.js";
import { isSkillFile } from "../skill/skill-file.js";
import { listEntries, readBeginning } from "../system/read-files.js";

/** Directories that are looked at. */
const MOST = 1000;

/** Bytes of a SKILL.md that are read; its front matter is at the beginning. */
const HEAD_BYTES = 16 * 1024;

/**
 * Reads the skills in a directory that `gh skill install` has put there. It keeps no list of them: it
 * writes into the front matter of each SKILL.md where the skill comes from. Links are not followed.
 * @throws EdenError `IMPORT_INVALID` if there is none.
 */
export async function readGhSkills(directory: string): Promise<ForeignFile> {
  const file: ForeignFile = { format: "skills of gh", skills: [], skipped: [], agents: [] };
  const names = listEntries(directory).filter(({ kind }) => kind === "directory");
  if (names.length > MOST) throw new EdenError("IMPORT_INVALID", `it has more than ${MOST} directories`);
  for (const { name } of names) {
    const metadata = await metadataIn(join(directory, name));
    if (metadata === null) continue;
    const entry = entryOf(name, metadata);
    if (entry !== null) addEntry(file, name, entry);
    else if (typeof metadata["local-path"] === "string")
      file.skipped.push({
        id: name,
        code: "INVALID_REPO_URL",
        reason: "it comes from a directory, not from a repository",
      });
  }
  if (file.skills.length + file.skipped.length > 0) return file;
  throw new EdenError("IMPORT_INVALID", "`gh skill` has installed nothing in this directory", {
    hint: "Name the directory that has the skills, such as ~/.claude/skills.",
  });
}

/** The table `metadata` of the front matter of a skill; null if there is none. */
async function metadataIn(directory: string): Promise<Record<string, unknown> | null> {
  const name = listEntries(directory).find((entry) => entry.kind === "file" && isSkillFile(entry.name))?.name;
  if (name === undefined) return null;
  const { keys } = await readWholeSkillFile(readBeginning(join(directory, name), HEAD_BYTES));
  const metadata = Object.hasOwn(keys, "metadata") ? keys["metadata"] : null;
  return typeof metadata === "object" && metadata !== null ? (metadata as Record<string, unknown>) : null;
}

/**
 * The entry of a skill from a repository; null for any other. A skill that is not pinned follows the
 * newest release, which a ref cannot express: it gets the ref that this was.
 */
function entryOf(id: string, metadata: Record<string, unknown>): ForeignEntry | null {
  const at = (key: string) => (Object.hasOwn(metadata, `github-${key}`) ? metadata[`github-${key}`] : undefined);
  if (at("repo") === undefined) return null;
  const ref = at("pinned") ?? at("ref");
  return {
    id,
    source: at("repo"),
    ref: typeof ref === "string" ? ref.replace(/^refs\/(?:heads|tags)\//u, "") : ref,
    subpath: at("path"),
    tree: at("tree-sha"),
  };
}
