import { join, posix } from "node:path";
import { agentSkillsRoot, type AgentContext } from "./agent-directories.js";
import { CUSTOM_AGENT } from "./agents.js";
import { expandTargetPath } from "../names/expand-path.js";
import { quote, type FieldPath, type Findings } from "../format/findings.js";
import type { TargetDocument } from "../document/manifest.js";
import type { ManifestTarget, Scope } from "../document/manifest.js";
import { nearestWord } from "../names/nearest-word.js";
import { pathTextProblem } from "./path-text.js";
import { targetPathDanger, targetRootDanger, type ProtectedPlaces } from "./target-danger.js";
import { formatEnvironment } from "./target-environment.js";

/** The context for resolving targets. */
export interface TargetContext extends ProtectedPlaces, AgentContext {
  /** The default scope of targets. */
  scope: Scope;
}

/** The context, and the list that gets the problems. */
export type ReportingTargetContext = TargetContext & { findings: Findings };

/** A target, and the manifest entry that first contained it. */
export interface PlacedTarget extends ManifestTarget {
  at: FieldPath;
}

/** The targets of one skill, merged by path; unresolvable ones are reported and left out. */
export function readSkillTargets(
  documents: readonly TargetDocument[],
  id: string,
  at: FieldPath,
  context: ReportingTargetContext,
): PlacedTarget[] {
  const byPlace = new Map<string, PlacedTarget>();
  for (const [index, document] of documents.entries()) {
    const target = readTarget(document, id, [...at, index], context);
    if (target === null) continue;
    const place = `${formatEnvironment(target.environment)} ${target.path}`;
    const known = byPlace.get(place);
    if (known === undefined) byPlace.set(place, target);
    else known.agents.push(...target.agents.filter((agent) => !known.agents.includes(agent)));
  }
  return [...byPlace.values()];
}

function readTarget(
  document: TargetDocument,
  id: string,
  at: FieldPath,
  context: ReportingTargetContext,
): PlacedTarget | null {
  const { findings, agents } = context;
  const { agent, environment } = document;
  if (agent === undefined) return null;
  const known = agents.get(agent);
  if (agent !== CUSTOM_AGENT && known === undefined) {
    findings.error("TARGET_AGENT_UNSUPPORTED", [...at, "agent"], unknownAgent(agent, [...agents.keys()]));
    return null;
  }
  // An agent without any directory was reported where it is defined.
  if (known?.projectDir === null && known.globalDir === null && document.path === undefined) return null;
  const place = environment.kind === "local" ? localPlace : remotePlace;
  const found = place(document, agent, id, context);
  if ("code" in found) {
    findings.error(
      found.code,
      [...at, document.path === undefined && agent !== CUSTOM_AGENT ? "agent" : "path"],
      found.problem,
    );
    return null;
  }
  return { agents: [agent], ...found, environment, at };
}

type Place = { root: string; path: string; inProject: boolean } | { code: string; problem: string };

function localPlace(document: TargetDocument, agent: string, id: string, context: TargetContext): Place {
  const text = document.path === undefined ? null : pathTextProblem(document.path);
  if (text !== null) return invalid(text);
  const root =
    document.path === undefined
      ? agentSkillsRoot(agent, document.scope ?? context.scope, context)
      : expandTargetPath(document.path, context);
  if (root === null) return unresolved(agent, document.scope ?? context.scope);
  const path = join(root, id);
  const danger = targetRootDanger(root, context) ?? targetPathDanger(path, context);
  const inProject = document.path === undefined && (document.scope ?? context.scope) === "project";
  return danger === null ? { root, path, inProject } : invalid(`${quote(root)}: ${danger}`);
}

/**
 * In a container or on another host. Its home directory is unknown, so a leading `~` stays and is
 * resolved by the program that writes there. Our project's directory and environment variables have
 * no meaning there.
 */
function remotePlace(document: TargetDocument, agent: string, id: string, context: TargetContext): Place {
  const where = formatEnvironment(document.environment);
  const text = document.path === undefined ? null : pathTextProblem(document.path);
  if (text !== null) return invalid(text);
  if (document.path === undefined && agent !== CUSTOM_AGENT && document.scope === "project") {
    return {
      code: "TARGET_PATH_UNRESOLVED",
      problem: `${where} does not have this project's directory: give a \`path\`, or scope = "global"`,
    };
  }
  const root =
    document.path ??
    agentSkillsRoot(agent, "global", { agents: context.agents, home: "~", manifestDirectory: "/", env: {} });
  if (root === null) return unresolved(agent, "global");
  if (!/^(?:\/|~\/|~$)/.test(root)) return invalid(`a path in ${where} begins with "/" or "~/"`);
  const normal = posix.normalize(root).replace(/(?<=.)\/$/, "");
  const parts = normal.toLowerCase().split("/");
  if (normal === "/" || normal === "~" || parts.includes(".."))
    return invalid(`${quote(root)}: this is the root or the home directory, or outside of it`);
  if (parts.includes(".git") || parts.includes(".ssh"))
    return invalid(`${quote(root)}: this leads into ".git" or ".ssh"`);
  return { root: normal, path: posix.join(normal, id), inProject: false };
}

function unresolved(agent: string, scope: Scope): Place {
  const problem =
    agent === CUSTOM_AGENT
      ? 'agent "custom" needs the `path` of its skills directory'
      : `${agent} has no ${scope} skills directory: give a \`path\`, or scope = "${scope === "global" ? "project" : "global"}"`;
  return { code: "TARGET_PATH_UNRESOLVED", problem };
}

function invalid(problem: string): Place {
  return { code: "TARGET_PATH_INVALID", problem };
}

function unknownAgent(agent: string, known: readonly string[]): string {
  const nearest = nearestWord(agent, [...known, CUSTOM_AGENT]);
  const advice =
    nearest === null
      ? 'use one such as "claude-code" or "codex", or "custom" with a path'
      : `did you mean "${nearest}"?`;
  return `${quote(agent)} is not a known agent — ${advice}`;
}
