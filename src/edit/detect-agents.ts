import { agentSkillsRoot, detectionPaths } from "../manifest/targets/agent-directories.js";
import type { Manifest } from "../manifest/document/manifest.js";
import type { Host } from "../system/host.js";
import { statIfExists } from "../system/read-files.js";

/**
 * The ids of the agents that are installed on this machine and read skills in a scope, in the order
 * of the data; no retired ones. Agents of the manifest come last.
 */
export function detectAgents(
  host: Pick<Host, "home" | "cwd" | "env" | "root">,
  { agents, scope }: Pick<Manifest, "agents" | "scope">,
): string[] {
  return [...agents.values()]
    .filter(({ retired }) => retired === undefined)
    .filter(({ id }) => agentSkillsRoot(id, scope, { ...host, agents, manifestDirectory: host.cwd }) !== null)
    .filter((agent) => detectionPaths(agent, host).some((path) => isThere(path)))
    .map(({ id }) => id);
}

function isThere(path: string): boolean {
  try {
    return statIfExists(path) !== null;
  } catch {
    // An unreadable directory belongs to another user.
    return false;
  }
}
