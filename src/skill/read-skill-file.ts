import { EdenError } from "../errors.js";
import { readFrontMatter } from "./front-matter.js";
import { pointerKind } from "./pointer.js";
import { fileNameFaults } from "./skill-file.js";

/**
 * Reads a skill file: its front matter, and warnings about problems for agents.
 * @param path its path; its name may have another letter case.
 * @param content its beginning.
 * @throws EdenError `SKILL_UNSAFE` if the text is missing: an LFS pointer, or encrypted.
 */
export async function readSkillFile(
  path: string,
  content: Buffer,
): Promise<{ license: string | null; faults: string[] }> {
  const pointer = pointerKind(content);
  if (pointer !== null) {
    throw new EdenError("SKILL_UNSAFE", `SKILL.md is ${pointer}: its text is not in the source`, {
      stage: "materialise",
      hint: "Report it to the skill's owner: SKILL.md must be in the repository as plain text.",
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
