import { EdenError } from "../errors.js";
import { readFrontMatter } from "./front-matter.js";
import { pointerKind } from "./pointer.js";
import { fileNameFaults } from "./skill-file.js";

/**
 * What a file that describes a skill says, and what in it agents may stumble over, in words.
 * @param path its path; its name may be in another case of letters.
 * @param content its beginning.
 * @throws EdenError `SKILL_UNSAFE` when the text is not there: a pointer, or encrypted.
 */
export async function readSkillFile(
  path: string,
  content: Buffer,
): Promise<{ license: string | null; faults: string[] }> {
  const pointer = pointerKind(content);
  if (pointer !== null) {
    throw new EdenError("SKILL_UNSAFE", `SKILL.md is ${pointer}: its text is not in the source`, {
      stage: "materialise",
      hint: "Report it to the skill's owner: SKILL.md has to be in the repository as it is.",
    });
  }
  const head = await readFrontMatter(content);
  if ("problem" in head) return { license: null, faults: [...fileNameFaults(path), head.problem] };
  const { name, description, license } = head.frontMatter;
  const faults = [...fileNameFaults(path), ...head.warnings];
  if (name === null) faults.push("SKILL.md has no name");
  if (description === null) faults.push("SKILL.md has no description");
  return { license, faults };
}
