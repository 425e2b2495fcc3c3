import { isAbsolute, join, posix } from "node:path";
import type { Agent, Agents } from "./agents.js";
import { expandTargetPath, type TargetBase } from "../names/expand-path.js";
import type { Scope } from "../document/manifest.js";

/**
 * The context for resolving an agent's directories; `home` is absolute, or `~` for another machine.
 */
export interface AgentContext extends TargetBase {
  agents: Agents;
  env: Record<string, string | undefined>;
}

/** A directory that an agent reads. */
export interface AgentDirectory {
  /** Absolute. */
  path: string;
  scope: Scope;
  /** As in the data: relative to a project, or with `~`. */
  written: string;
}

/**
 * The directory that skills for an agent are installed into, absolute; null for an unknown agent
 * and for one without a directory in that scope. A variable that moves the directory counts if its
 * value is an absolute path.
 */
export function agentSkillsRoot(agentId: string, scope: Scope, context: AgentContext): string | null {
  const agent = context.agents.get(agentId);
  const written = scope === "project" ? agent?.projectDir : agent?.globalDir;
  return agent === undefined || written == null ? null : resolved(agent, written, context);
}

/**
 * Every directory that an agent reads in a scope, the one to install into first, each path once.
 */
export function directoriesOf(agent: Agent, scope: Scope, context: AgentContext): AgentDirectory[] {
  const own = scope === "project" ? agent.projectDir : agent.globalDir;
  const also = agent.alsoReads?.[scope] ?? [];
  const all = [...(own === null ? [] : [own]), ...also].map((written) => ({
    path: resolved(agent, written, context),
    scope,
    written,
  }));
  return all.filter(({ path }, index) => all.findIndex((other) => other.path === path) === index);
}

/** The former directories of an agent, with the one that replaced them; in both scopes. */
export function formerDirectories(agent: Agent, context: AgentContext): { path: string; now: string }[] {
  return (["project", "global"] as const).flatMap((scope) => {
    const now = agentSkillsRoot(agent.id, scope, context);
    const former = agent.formerly?.[scope] ?? [];
    return now === null ? [] : former.map((written) => ({ path: resolved(agent, written, context), now }));
  });
}

/**
 * Which of two skills of one name an agent uses, by their directories: the first, the second, both,
 * or null if unknown.
 */
export function winnerOf(
  { shadowing }: Agent,
  first: Pick<AgentDirectory, "scope" | "written">,
  second: Pick<AgentDirectory, "scope" | "written">,
): "first" | "second" | "both" | null {
  if (shadowing === undefined) return null;
  if (shadowing.length === 0) return "both";
  const rank = ({ scope, written }: typeof first) => shadowing.findIndex((one) => one === written || one === scope);
  const [one, other] = [rank(first), rank(second)];
  if (one === other || one === -1 || other === -1) return null;
  return one < other ? "first" : "second";
}

/**
 * The files and directories that indicate an installed agent, at least one of which exists then;
 * absolute.
 * @param cwd replaces `<cwd>`.
 */
export function detectionPaths(
  agent: Agent,
  { home, cwd, env, root }: Pick<AgentContext, "home" | "env" | "root"> & { cwd: string },
): string[] {
  return agent.detect.flatMap((text) => {
    const variable = /^\$(?<name>[A-Z_]+)\//u.exec(text)?.groups?.["name"];
    if (variable !== undefined) {
      const value = root === undefined ? env[variable] : undefined;
      return value !== undefined && isAbsolute(value) ? [join(value, text.slice(variable.length + 2))] : [];
    }
    return [resolved(agent, text.replace(/^<cwd>\//u, "./"), { home, manifestDirectory: cwd, env, root })];
  });
}

function resolved(agent: Agent, written: string, { env, ...base }: Omit<AgentContext, "agents">): string {
  // The variables of this machine say nothing about an image.
  for (const { name, replaces } of base.root === undefined ? (agent.env ?? []) : []) {
    const moved = env[name];
    if (moved === undefined || !isAbsolute(moved) || !`${written}/`.startsWith(`${replaces}/`)) continue;
    return join(moved, written.slice(replaces.length));
  }
  if (base.home === "~" && written.startsWith("~")) return posix.normalize(written);
  return expandTargetPath(written, base);
}
