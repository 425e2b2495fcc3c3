import { EdenError, sanitize } from "../errors.js";
import { detectAgents } from "../edit/detect-agents.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { didYouMean } from "../manifest/names/nearest-word.js";
import { directoriesOf, type AgentContext } from "../manifest/targets/agent-directories.js";
import { knownAgents, type Agent } from "../manifest/targets/agents.js";
import { projectOf } from "../doctor/agent-view.js";
import type { RunOptions } from "../run/options.js";
import { currentHost, type Host } from "../system/host.js";
import { manifestPlace } from "../workspace/manifest-place.js";

/** The document of `agents --json`. */
export interface AgentsReport {
  schema_version: 1;
  command: "agents";
  count: number;
  /** In the order of the data, those of the manifest last. */
  agents: ListedAgent[];
}

/** One agent, with its directories as absolute paths. */
export interface ListedAgent {
  id: string;
  name: string;
  /** It is installed on this machine. */
  detected: boolean;
  /** A skill of the manifest has it as a target. */
  used: boolean;
  /** The manifest has an entry `[agents.ID]` for it. */
  own: boolean;
  /** Where its skills are installed, for the project and for the user; null for none. */
  project_dir: string | null;
  global_dir: string | null;
  /** What it reads besides them. */
  also_reads: { project: string[]; global: string[] };
  /** It reads the directories of the project at each level up to the root of the repository. */
  reads_above: boolean;
  retired: { on: string; successor: string | null } | null;
  /** What a user should know before choosing it, or null. */
  warning: string | null;
}

/** Which agents are listed. */
export interface AgentsFilter {
  /** Ids, names, or parts of them; none: all. */
  words?: readonly string[];
  /** Only those that are installed here. */
  detected?: boolean;
}

/**
 * The agents that this program knows, with those of the manifest if there is one.
 * @throws EdenError `UNKNOWN_AGENT` for a word that none has; as `loadManifest`, except that no
 *   manifest is necessary.
 */
export async function listAgents(options: RunOptions, { words = [], detected }: AgentsFilter): Promise<AgentsReport> {
  const host = options.host ?? currentHost();
  const { manifest } = await manifestPlace(options, false);
  const all = [...manifest.agents.values()];
  for (const word of words) {
    if (all.some((agent) => isNamed(agent, word))) continue;
    const near = didYouMean(word, manifest.agents.keys());
    throw new EdenError("UNKNOWN_AGENT", `no agent is called ${JSON.stringify(sanitize(word))}${near}`);
  }
  const exact = new Set(words.filter((word) => manifest.agents.has(word)));
  const isWanted = (agent: Agent) =>
    words.length === 0 || words.some((word) => (exact.has(word) ? agent.id === word : isNamed(agent, word)));
  const list = listed(manifest, host);
  const agents = all
    .filter(isWanted)
    .map(list)
    .filter((agent) => !detected || agent.detected);
  return { schema_version: 1, command: "agents", count: agents.length, agents };
}

function isNamed({ id, name }: Agent, word: string): boolean {
  return [id, name].some((text) => text.toLowerCase().includes(word.toLowerCase()));
}

function listed(manifest: Manifest, host: Host): (agent: Agent) => ListedAgent {
  const { agents } = manifest;
  const found = new Set((["project", "global"] as const).flatMap((scope) => detectAgents(host, { agents, scope })));
  const used = new Set(manifest.skills.flatMap(({ targets }) => targets.flatMap((target) => target.agents)));
  const context = { ...host, agents, manifestDirectory: projectOf(manifest, host) };
  return (agent) => {
    const [project, global] = [placesOf(agent, "project", context), placesOf(agent, "global", context)];
    return {
      id: agent.id,
      name: agent.name,
      detected: found.has(agent.id),
      used: used.has(agent.id),
      own: knownAgents.get(agent.id) !== agent,
      project_dir: project.own,
      global_dir: global.own,
      also_reads: { project: project.others, global: global.others },
      reads_above: agent.readsAbove === true,
      retired: agent.retired ?? null,
      warning: agent.warning ?? null,
    };
  };
}

function placesOf(agent: Agent, scope: "project" | "global", context: AgentContext) {
  const paths = directoriesOf(agent, scope, context).map(({ path }) => path);
  const hasOwn = (scope === "project" ? agent.projectDir : agent.globalDir) !== null;
  const [own = null] = hasOwn ? paths : [];
  return { own, others: hasOwn ? paths.slice(1) : paths };
}
