import { basename, dirname, join } from "node:path";
import { EdenError } from "../errors.js";
import { directoriesOf, type AgentDirectory } from "../manifest/targets/agent-directories.js";
import type { Agent, Agents } from "../manifest/targets/agents.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { HEAD_BYTES, isTrueInHead, readFrontMatter } from "../skill/front-matter.js";
import type { Host } from "../system/host.js";
import { listDirectory, lstatIfExists, readBeginning, realPath, statIfExists } from "../system/read-files.js";
import { isKnown } from "../system/known-directory.js";

/** A skill as an agent sees it. */
export interface SeenSkill {
  /** The name of its directory. */
  name: string;
  /** Where the agent finds it; absolute. */
  path: string;
  /** The place of that path. */
  place: string;
  /** It is a single file, not a directory. */
  isFile: boolean;
  /**
   * Characters of name and description that the agent shows to its model; 0 for a skill that it
   * does not show.
   */
  characters: number;
  /** Characters of the description. */
  described: number;
}

/** A directory that an agent reads, with its skills. */
export interface SeenDirectory extends AgentDirectory {
  skills: SeenSkill[];
}

/** Everything that one agent reads. */
export interface AgentView {
  agent: Agent;
  /**
   * Each directory once, the project's before the user's, the nearest first; missing directories
   * have no skills.
   */
  directories: SeenDirectory[];
}

/**
 * What an agent really sees: the skills in every directory it reads, for the project and for the
 * user.
 * @param project the directory that the agent is started in; absolute.
 * @returns null for an unknown agent.
 */
export async function viewOfAgent(
  agentId: string,
  agents: Agents,
  project: string,
  host: Host,
): Promise<AgentView | null> {
  const agent = agents.get(agentId);
  if (agent === undefined) return null;
  const candidates = readDirectories(agent, agents, project, host);
  const directories: SeenDirectory[] = [];
  const seen = new Set<string>();
  for (const directory of candidates) {
    if (statIfExists(directory.path)?.isDirectory() !== true) continue;
    const place = realPath(directory.path);
    // A directory with two names shows every skill once.
    if (seen.has(place)) continue;
    seen.add(place);
    directories.push({ ...directory, skills: await skillsIn(directory.path, agent) });
  }
  return { agent, directories };
}

/** Every directory that an agent reads, existing or not: the project's first, the nearest first. */
export function readDirectories(agent: Agent, agents: Agents, project: string, host: Host): AgentDirectory[] {
  const levels = agent.readsAbove === true ? levelsFrom(project) : [project];
  return [
    ...levels.flatMap((level) => directoriesOf(agent, "project", { ...host, agents, manifestDirectory: level })),
    ...directoriesOf(agent, "global", { ...host, agents, manifestDirectory: project }),
  ];
}

/**
 * The directory where the agents of a manifest are started: beside a project's manifest; for the
 * user's manifest, the working directory, if it still exists.
 */
export function projectOf({ directory, scope }: Manifest, { cwd, root }: Host): string {
  const project = scope === "project" || !isKnown(cwd) ? directory : cwd;
  return root?.place(project) ?? project;
}

/**
 * A directory and its parents up to the root of its repository; outside of a repository only the
 * directory itself.
 */
function levelsFrom(directory: string): string[] {
  const levels = [directory];
  for (let level = directory; lstatIfExists(join(level, ".git")) === null; levels.push(level)) {
    if (dirname(level) === level) return [directory];
    level = dirname(level);
  }
  return levels;
}

async function skillsIn(directory: string, agent: Agent): Promise<SeenSkill[]> {
  const skills: SeenSkill[] = [];
  for (const entry of listDirectory(directory).filter((one) => !one.startsWith("."))) {
    const path = join(directory, entry);
    try {
      const isFile = agent.rootFiles === true && entry.endsWith(".md") && statIfExists(path)?.isFile() === true;
      const content = readBeginning(isFile ? path : join(path, "SKILL.md"), HEAD_BYTES);
      skills.push({
        name: isFile ? basename(entry, ".md") : entry,
        path,
        place: realPath(path),
        isFile,
        ...(await weigh(content, entry, agent)),
      });
    } catch (error) {
      // A directory without a readable SKILL.md is not a skill for an agent.
      if (!(error instanceof EdenError)) throw error;
    }
  }
  return skills;
}

async function weigh(
  content: Buffer,
  entry: string,
  { descriptionBudget: budget }: Agent,
): Promise<Pick<SeenSkill, "characters" | "described">> {
  const head = await readFrontMatter(content);
  const { name, description } = "frontMatter" in head ? head.frontMatter : { name: null, description: null };
  const described = [...(description ?? "")].length;
  if (budget?.unless !== undefined && (await isTrueInHead(content, budget.unless))) return { characters: 0, described };
  return { characters: [...(name ?? entry)].length + Math.min(described, budget?.each ?? described), described };
}
