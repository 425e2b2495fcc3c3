import { basename, dirname, join } from "node:path";
import { EdenError } from "../errors.js";
import { skillIdProblem } from "../manifest/names/skill-id.js";
import { contentBelow } from "../skill/files-below.js";
import { identityOf, listOnDisk } from "../store/integrity.js";
import { listDirectory, statIfExists } from "../system/read-files.js";

/** A skill that ships with a tool. */
export interface ShippedContent {
  id: string;
  /** Absolute. */
  directory: string;
  integrity: string;
  otherIntegrities: string[];
  executables: string[];
}

/**
 * The skills in a directory: each directory in it with a SKILL.md, or the directory itself.
 * @throws EdenError `SKILL_NOT_FOUND` for none; `INVALID_SKILL_ID` for a directory whose name is no id.
 */
export function shippedContents(directory: string): ShippedContent[] {
  if (isSkill(directory)) return [contentOf(directory, basename(directory))];
  const names = listDirectory(directory).filter((name) => isSkill(join(directory, name)));
  if (names.length === 0)
    throw new EdenError("SKILL_NOT_FOUND", `there is no skill in ${directory}`, { path: directory });
  return names.map((name) => contentOf(join(directory, name), name));
}

function contentOf(directory: string, id: string): ShippedContent {
  const problem = skillIdProblem(id);
  if (problem !== null) throw new EdenError("INVALID_SKILL_ID", `${join(dirname(directory), id)}: ${problem}`);
  const paths = new Set(contentBelow(directory, false).map(({ path }) => path));
  const files = listOnDisk(directory).filter(({ path }) => paths.has(path));
  const executables = files.filter(({ mode }) => mode === "100755").map(({ path }) => path);
  return { id, directory, executables, ...identityOf(files) };
}

function isSkill(directory: string): boolean {
  return statIfExists(join(directory, "SKILL.md"))?.isFile() === true;
}
