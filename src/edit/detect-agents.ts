import { agentSkillsRoot, detectionPaths } from "../manifest/targets/agent-directories.js";
import { agents } from "../manifest/targets/agents.js";
import type { Scope } from "../manifest/document/manifest.js";
import type { Host } from "../system/host.js";
import { statIfExists } from "../system/read-files.js";

/**
 * The ids of the agents that are installed on this machine and read skills in a scope, in the order
 * of the data; no retired ones.
 */
export function detectAgents(host: Pick<Host, "home" | "cwd" | "env">, scope: Scope): string[] {
  return agents
    .filter(({ retired }) => retired === undefined)
    .filter(({ id }) => agentSkillsRoot(id, scope, { ...host, manifestDirectory: host.cwd }) !== null)
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
