import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { readWholeSkillFile } from "../skill/front-matter.js";
import { isSkillFile } from "../skill/skill-file.js";
import { listOnDisk, type ListedFile } from "../store/integrity.js";
import { readRegularFile } from "../system/read-files.js";

/**
 * True if a directory has a content as `gh skill` installs it: with its own keys in `metadata` of the
 * front matter, which it writes anew, and with files below `scripts/` executable.
 * @throws EdenError if one of the directories is unreadable.
 */
export async function isCopyOfGh(directory: string, content: string): Promise<boolean> {
  const [here, there] = [directory, content].map((one) => listOnDisk(one));
  if (here === undefined || there === undefined || here.length !== there.length) return false;
  const wanted = new Map(there.map((file) => [file.path, file]));
  for (const file of here) {
    const other = wanted.get(file.path);
    if (other === undefined || !isSameMode(file, other)) return false;
    if (file.sha256 === other.sha256 && file.sha256 !== "") continue;
    if (!isSkillFile(file.path) || !(await isSameSkill(join(directory, file.path), join(content, file.path))))
      return false;
  }
  return true;
}

function isSameMode(here: ListedFile, there: ListedFile): boolean {
  if (here.mode === there.mode) return true;
  return here.mode === "100755" && there.mode === "100644" && /(?:^|\/)scripts\//u.test(here.path);
}

/** True if two SKILL.md have the same keys, but for those of gh, and the same text. */
async function isSameSkill(copy: string, original: string): Promise<boolean> {
  const [here, there] = await Promise.all([copy, original].map(async (path) => await readSkill(path)));
  return isDeepStrictEqual(here, there);
}

async function readSkill(path: string) {
  const { keys, body } = await readWholeSkillFile(readRegularFile(path).content);
  const { metadata = {}, ...others } = keys;
  const isTable = typeof metadata === "object" && metadata !== null && !Array.isArray(metadata);
  const own = isTable ? Object.fromEntries(Object.entries(metadata).filter(([key]) => !OF_GH.test(key))) : metadata;
  // It removes empty lines before the text, and adds a missing one after it.
  return { ...others, metadata: own, "": body.replace(/^\n+|\n$/gu, "") };
}

const OF_GH = /^github-(?:repo|owner|ref|sha|tree-sha|path|pinned)$/u;
