import { basename, join } from "node:path";
import { EdenError } from "../../errors.js";
import { agentSkillsRoot, findAgent } from "../../manifest/agents.js";
import { expandPath } from "../../manifest/expand-path.js";
import type { Manifest } from "../../manifest/manifest.js";
import { HEAD_BYTES, readFrontMatter } from "../../skill/front-matter.js";
import type { Host } from "../../system/host.js";
import { listDirectory, readBeginning, realPath, statIfExists } from "../../system/read-files.js";

/** A skill as an agent meets it. */
export interface SeenSkill {
  /** The name of its directory. */
  name: string;
  /** Where the agent finds it; absolute. */
  path: string;
  /** Where that really lies. */
  place: string;
  /** Characters of its name and description. */
  characters: number;
}

/** Everything that one agent reads. */
export interface AgentView {
  agent: string;
  /** Each directory once, the project's before the user's; those that are not there have none. */
  directories: { path: string; skills: SeenSkill[] }[];
}

/**
 * What an agent will really see: the skills in every directory it reads, for the project and for the user.
 * @param project the directory that the agent is started in; absolute.
 */
export async function viewOfAgent(agentId: string, project: string, host: Host): Promise<AgentView> {
  const world = { ...host, manifestDirectory: project };
  const agent = findAgent(agentId);
  const own = (["project", "global"] as const).map((scope) => agentSkillsRoot(agentId, scope, world));
  const also = (paths: readonly string[] | undefined) =>
    (paths ?? []).map((path) => expandPath(path, project, host.home));
  const paths = [own[0], ...also(agent?.alsoReads?.project), own[1], ...also(agent?.alsoReads?.global)];
  const directories: AgentView["directories"] = [];
  const seen = new Set<string>();
  for (const path of paths) {
    if (path === null || path === undefined || statIfExists(path)?.isDirectory() !== true) continue;
    const place = realPath(path);
    // Two names of one directory show every skill once.
    if (seen.has(place)) continue;
    seen.add(place);
    directories.push({ path, skills: await skillsIn(path) });
  }
  return { agent: agentId, directories };
}

/** Where the agents of a manifest are started: beside a project's manifest; for the user's own one, where the command was. */
export function projectOf({ directory, scope }: Manifest, { cwd }: Host): string {
  return scope === "project" ? directory : cwd;
}

async function skillsIn(directory: string): Promise<SeenSkill[]> {
  const skills: SeenSkill[] = [];
  for (const name of listDirectory(directory).filter((one) => !one.startsWith("."))) {
    const path = join(directory, name);
    try {
      const content = readBeginning(join(path, "SKILL.md"), HEAD_BYTES);
      const head = await readFrontMatter(content);
      const { name: said, description } = "frontMatter" in head ? head.frontMatter : { name: null, description: null };
      const characters = [...(said ?? basename(path)), ...(description ?? "")].length;
      skills.push({ name, path, place: realPath(path), characters });
    } catch (error) {
      // What has no SKILL.md that can be read is no skill to an agent either.
      if (!(error instanceof EdenError)) throw error;
    }
  }
  return skills;
}
