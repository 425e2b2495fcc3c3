import { posix } from "node:path";
import { CUSTOM_AGENT, knownAgents, type Agent, type Agents } from "./agents.js";

/** The directories of an agent of the manifest; omitted ones are those of the known agent. */
export interface OwnDirectories {
  project?: string | undefined;
  global?: string | undefined;
}

/** The known agents with those of a manifest, which take precedence. */
export function withOwnAgents(own: Readonly<Record<string, OwnDirectories>>): Agents {
  if (Object.keys(own).length === 0) return knownAgents;
  const agents = new Map(knownAgents);
  for (const [id, directories] of Object.entries(own))
    if (id !== CUSTOM_AGENT) agents.set(id, agentOf(id, directories, agents.get(id)));
  return agents;
}

function agentOf(id: string, { project, global }: OwnDirectories, known: Agent | undefined): Agent {
  const projectDir = project ?? known?.projectDir ?? null;
  const globalDir = global ?? known?.globalDir ?? null;
  if (known === undefined) return { id, name: id, projectDir, globalDir, detect: signsOf(projectDir, globalDir) };
  // A variable moves the directory of the data, not the one that the manifest names.
  const { env, ...rest } = known;
  return { ...rest, projectDir, globalDir, ...(env !== undefined && global === undefined && { env }) };
}

/** An agent is installed if the directory around its skills exists. */
function signsOf(projectDir: string | null, globalDir: string | null): string[] {
  return [...(projectDir === null ? [] : [`<cwd>/${projectDir}`]), ...(globalDir === null ? [] : [globalDir])].map(
    (directory) => {
      const around = posix.dirname(directory);
      return ["~", "/", ".", "<cwd>"].includes(around) ? directory : around;
    },
  );
}
