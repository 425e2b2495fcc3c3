import { posix } from "node:path";
import { EdenError, sanitize } from "../errors.js";
import { agents } from "../manifest/agents.js";
import { readSubpath } from "../manifest/subpath.js";
import { skillIdProblem } from "../manifest/skill-id.js";
import { DECLARATIONS, findSkillDirectories } from "../skill/discover.js";
import { HEAD_BYTES, readFrontMatter } from "../skill/front-matter.js";
import type { SourceView } from "./source-view.js";

/** A skill that a source has. */
export interface DiscoveredSkill {
  /** What it will be called: its name, where that is good for a directory, else its directory's. */
  id: string;
  name: string | null;
  description: string;
  /** Its directory, from the root of the source; "." for the root. */
  path: string;
  /** What is not as the format wants it, in words. */
  warnings: string[];
}

export interface Discovery {
  /** In the order of the places they were found in, then by path. */
  skills: DiscoveredSkill[];
  /** What looks like a skill and is none, or is another one once more. */
  skipped: { path: string; reason: string }[];
}

/**
 * The skills of a source. Lenient: a name that is not as it should be is a warning, a skill without a description is left out.
 * @param rootName what a skill at the root is called when its own name is no good.
 * @throws EdenError `SUBPATH_NOT_FOUND` when nothing lies where it was looked.
 */
export async function discoverSkills(view: SourceView, rootName: string): Promise<Discovery> {
  const { start, paths } = view;
  if (start !== "." && !paths.some((path) => path.startsWith(`${start}/`))) {
    throw new EdenError("SUBPATH_NOT_FOUND", `there is no directory ${sanitize(start)} in this source`, {
      stage: "resolve",
      hint: neighbours(paths, start),
    });
  }
  const declared = DECLARATIONS.map((path) => posix.join(start, path));
  const texts = await view.read(declared.filter((path) => paths.includes(path)));
  const declarations = new Map(
    DECLARATIONS.flatMap((path) => {
      const content = texts.get(posix.join(start, path));
      return content === undefined ? [] : [[path, content.toString("utf8")] as const];
    }),
  );
  const directories = findSkillDirectories({ paths, start, agentDirectories: agentDirectories(), declarations });
  const files = directories.map((directory) => posix.join(directory, "SKILL.md"));
  const heads = await view.read(files, HEAD_BYTES);
  const discovery: Discovery = { skills: [], skipped: [] };
  const seen = new Map<string, DiscoveredSkill[]>();
  for (const directory of directories) {
    const content = heads.get(posix.join(directory, "SKILL.md"));
    const skill =
      (discovery.skipped.length < MOST_SKIPPED ? null : `not looked at, after ${MOST_SKIPPED} others that are none`) ??
      pathProblem(directory) ??
      (content === undefined
        ? "its SKILL.md is too large or cannot be read"
        : await readSkill(content, directory, rootName));
    if (typeof skill === "string") {
      discovery.skipped.push({ path: directory, reason: skill });
      continue;
    }
    const held = view.contentOf(directory);
    const namesakes = seen.get(skill.id) ?? [];
    const twin = namesakes.find(({ path }) => held !== null && view.contentOf(path) === held);
    if (twin !== undefined) {
      discovery.skipped.push({ path: directory, reason: `the same as ${twin.path}` });
      continue;
    }
    namesakes.push(skill);
    seen.set(skill.id, namesakes);
    discovery.skills.push(skill);
  }
  return discovery;
}

/** A source with more than so many that are no skills is hostile, or none: to read a head that is no YAML takes a tenth of a second. */
const MOST_SKIPPED = 500;

/** Why a manifest could not name the directory, or null: one odd name must not keep the others from being installed. */
function pathProblem(directory: string): string | null {
  if (directory.includes("\ufffd")) return "its path is not written in UTF-8";
  const read = readSubpath(directory);
  return "problem" in read ? read.problem : null;
}

/** A skill, or why there is none. */
async function readSkill(content: Buffer, path: string, rootName: string): Promise<DiscoveredSkill | string> {
  const head = await readFrontMatter(content);
  if ("problem" in head) return head.problem;
  const { name, description } = head.frontMatter;
  if (description === null || description.trim() === "") return "its front matter has no description";
  const directory = path === "." ? rootName : posix.basename(path);
  const isGood = name !== null && skillIdProblem(name) === null;
  const warnings: string[] = [];
  if (name === null) warnings.push("its front matter has no name");
  else if (!isGood) warnings.push(`its name ${JSON.stringify(sanitize(name))} is not good for a directory`);
  else if (path !== "." && name !== directory)
    warnings.push(`its name is ${name}, its directory ${sanitize(directory)}`);
  return { id: isGood ? name : slug(directory), name, description, path, warnings };
}

/** A directory's name made good for an id. */
function slug(directory: string): string {
  const id = directory
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/gu, "-")
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/gu, "")
    .slice(0, 64);
  return skillIdProblem(id) === null ? id : "skill";
}

/** Where the agents that we know look for skills in a project, each once. */
function agentDirectories(): string[] {
  return [...new Set(agents.flatMap(({ projectDir }) => projectDir ?? []))];
}

/** What there is instead of a directory that is not there. */
function neighbours(paths: readonly string[], start: string): string {
  const parent = posix.dirname(start);
  const prefix = parent === "." ? "" : `${parent}/`;
  const beside = new Set<string>();
  for (const path of paths) {
    const [first, ...rest] = path.startsWith(prefix) ? path.slice(prefix.length).split("/") : [];
    if (first !== undefined && rest.length > 0) beside.add(`${prefix}${first}`);
  }
  const some = [...beside].slice(0, 8).map(sanitize).join(", ");
  return some === "" ? "Look at the repository for where its skills lie." : `There is: ${some}.`;
}
