import { isAbsolute, join, posix } from "node:path";
import agentData from "./agents.json" with { type: "json" };
import { expandPath } from "./expand-path.js";
import type { Scope } from "./manifest.js";

/** A coding agent that loads skills from a directory of its own. */
export interface Agent {
  id: string;
  /** As people write it. */
  name: string;
  /** Relative to the project; null when the agent reads none there. */
  projectDir: string | null;
  /** With a leading `~`; the directory the agent really reads, null when it has none for the user. */
  globalDir: string | null;
  /** The variable that moves `globalDir`: its value stands for the beginning `replaces`. */
  globalDirEnv?: EnvironmentBase;
  /** Files or directories (with `~`, `<cwd>` or `$VARIABLE`) of which one exists where the agent is installed. */
  detect: readonly string[];
  /** The variable that moves what `detect` names. */
  detectEnv?: EnvironmentBase;
  /** Directories that it reads beside its own, as its documentation says; written as the others. */
  alsoReads?: { project: readonly string[]; global: readonly string[] };
  /** Characters of all names and descriptions together beyond which it leaves some out; absent where none is known. */
  descriptionBudget?: number;
  /** What a user should know before choosing this agent. */
  warning?: string;
}

export interface EnvironmentBase {
  name: string;
  replaces: string;
}

/** What an agent's directories are resolved against; `home` is absolute, or `~` for a machine we are not on. */
export interface AgentWorld {
  home: string;
  manifestDirectory: string;
  env: Record<string, string | undefined>;
}

/** The id that stands for a path of the user's own. */
export const CUSTOM_AGENT = "custom";

/** Every agent we know, in the order of the data. */
export const agents: readonly Agent[] = agentData;

const byId = new Map(agents.map((agent) => [agent.id, agent]));

/** The agent of that id, or undefined. */
export function findAgent(id: string): Agent | undefined {
  return byId.get(id);
}

/**
 * The directory an agent reads skills from, absolute; null for an unknown agent and for one that reads none in that scope.
 * A variable that moves the directory counts when it holds an absolute path.
 */
export function agentSkillsRoot(agentId: string, scope: Scope, world: AgentWorld): string | null {
  const agent = findAgent(agentId);
  if (agent === undefined) return null;
  if (scope === "project") return agent.projectDir === null ? null : join(world.manifestDirectory, agent.projectDir);
  if (agent.globalDir === null) return null;
  const base = agent.globalDirEnv;
  const moved = base === undefined ? undefined : world.env[base.name];
  if (base !== undefined && moved !== undefined && isAbsolute(moved)) {
    return join(moved, agent.globalDir.slice(base.replaces.length));
  }
  if (world.home === "~") return posix.normalize(agent.globalDir);
  return expandPath(agent.globalDir, world.manifestDirectory, world.home);
}

/** The files and directories of which one exists where an agent is installed; absolute. @param cwd stands for `<cwd>`. */
export function detectionPaths(
  agent: Agent,
  { home, cwd, env }: { home: string; cwd: string; env: AgentWorld["env"] },
): string[] {
  const base = agent.detectEnv;
  const moved = base === undefined ? undefined : env[base.name];
  return agent.detect.flatMap((text) => {
    if (base !== undefined && moved !== undefined && isAbsolute(moved) && text.startsWith(base.replaces)) {
      return [join(moved, text.slice(base.replaces.length))];
    }
    const variable = /^\$(?<name>[A-Z_]+)\//u.exec(text)?.groups?.["name"];
    if (variable !== undefined) {
      const value = env[variable];
      return value !== undefined && isAbsolute(value) ? [join(value, text.slice(variable.length + 2))] : [];
    }
    return [expandPath(text.replace(/^<cwd>\//u, "./"), cwd, home)];
  });
}
