import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createRepository, type Repository } from "./git-repository.js";
import { skillText } from "./manifest-of.js";
import type { Sandbox } from "./sandbox.js";

/** A repository whose skills were changed after another tool had installed them. */
export interface SkillHistory {
  repository: Repository;
  /** The commit that was installed; it is not the newest one. */
  installed: string;
  newest: string;
  /** The id of the tree of a skill when it was installed. */
  treeOf(name: string): Promise<string>;
  /** The text of a skill when it was installed. */
  textOf(name: string): string;
}

const NAMES = ["one", "two"];

/** Makes `served/skills.git`: `skills/one` and `skills/two`, installed at tag `v1`, both changed since. */
export async function createSkillHistory(sandbox: Sandbox, name = "skills"): Promise<SkillHistory> {
  const textOf = (skill: string) => `${skillText(skill)}first\n`;
  const filesWith = (text: (skill: string) => string) =>
    Object.fromEntries(NAMES.map((skill) => [`skills/${skill}/SKILL.md`, text(skill)]));
  const repository = await createRepository(join(sandbox.root, `served/${name}.git`), {
    files: { ...filesWith(skillText), "skills/one/run.sh": { content: "echo one\n", executable: true } },
  });
  const installed = await repository.commit({ files: filesWith(textOf) });
  await repository.tag("v1");
  const newest = await repository.commit({ files: filesWith((skill) => `${skillText(skill)}second\n`) });
  const treeOf = async (skill: string) => await repository.revParse(`${installed}:skills/${skill}`);
  return { repository, installed, newest, treeOf, textOf };
}

/** Writes a file, and the directories above it; an object as JSON. */
export function writeBelow(path: string, content: string | object): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
}
