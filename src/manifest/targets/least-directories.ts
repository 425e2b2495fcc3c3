import { agentSkillsRoot, directoriesOf, type AgentDirectory, type AgentContext } from "./agent-directories.js";
import type { Agent } from "./agents.js";
import { expandTargetPath } from "../names/expand-path.js";
import type { Scope } from "../document/manifest.js";

/** A directory to install into, with the agents that it serves. */
export interface ServingDirectory {
  /** Absolute. */
  path: string;
  /**
   * The same in a portable form for the manifest: with `./` or `~/`, absolute if a variable moved
   * it.
   */
  manifestPath: string;
  /**
   * Agents whose own directory this is. Never empty: `universal` represents a shared directory that
   * none of these agents owns.
   */
  owners: string[];
  /** The other agents that the manifest names here, because they read this directory as well. */
  otherReaders: string[];
  /** All agents that read it. */
  readers: string[];
}

/** The id for directories that many agents share. */
const SHARED_AGENT = "universal";

/**
 * Chooses directories that serve all given agents so that as few agents as possible see a skill
 * twice; among these choices the fewest directories, then those that are own directories of most
 * agents, then those that come first. The result is the same for the same agents, in every scope.
 * @param ids agents that have a directory in this scope, in the order of the data.
 */
export function leastDirectories(ids: readonly string[], scope: Scope, context: AgentContext): ServingDirectory[] {
  const agents = ids.flatMap((id) => context.agents.get(id) ?? []);
  const reads = new Map(agents.map((agent) => [agent, directoriesOf(agent, scope, context)]));
  const own = new Map(agents.map((agent) => [agent, agentSkillsRoot(agent.id, scope, context)]));
  const shared = agentSkillsRoot(SHARED_AGENT, scope, context);
  const paths = [...new Set([...own.values(), shared])].filter((path) => path !== null);
  const chosen = best(
    paths,
    agents.map((agent) => ({ own: own.get(agent) ?? "", reads: new Set(reads.get(agent)?.map(({ path }) => path)) })),
  );
  return chosen.map((path) => {
    const readers = agents.filter((agent) => reads.get(agent)?.some((one) => one.path === path));
    const owners = readers.filter((agent) => own.get(agent) === path).map(({ id }) => id);
    // An agent without an own chosen directory is named once, in the first chosen directory that it
    // reads.
    const isGuest = (agent: Agent) => {
      const places = reads.get(agent)?.filter((one) => chosen.includes(one.path)) ?? [];
      return !chosen.includes(own.get(agent) ?? "") && places[0]?.path === path;
    };
    return {
      path,
      manifestPath: portableOf(
        path,
        readers.flatMap((agent) => reads.get(agent) ?? []),
        context,
      ),
      owners: owners.length > 0 ? owners : [SHARED_AGENT],
      otherReaders: readers.filter(isGuest).map(({ id }) => id),
      readers: readers.map(({ id }) => id),
    };
  });
}

interface Reader {
  own: string;
  reads: ReadonlySet<string>;
}

/**
 * The best choice of paths. Paths that some agent requires are in every choice; few others remain,
 * since few agents read several.
 */
function best(paths: readonly string[], readers: readonly Reader[]): string[] {
  const needed = new Set(readers.filter(({ reads }) => reads.size === 1).flatMap(({ reads }) => [...reads]));
  const open = readers.filter(({ reads }) => ![...reads].some((path) => needed.has(path)));
  const free = paths.filter((path) => open.some(({ reads }) => reads.has(path)));
  let choice: { paths: string[]; cost: number[] } | null = null;
  for (let bits = 0; bits < 2 ** free.length; bits++) {
    const taken = new Set([...needed, ...free.filter((_, index) => Math.floor(bits / 2 ** index) % 2 === 1)]);
    const seen = readers.map(({ reads }) => [...reads].filter((path) => taken.has(path)).length);
    if (seen.includes(0)) continue;
    const twice = seen.reduce((sum, times) => sum + times - 1, 0);
    const cost = [twice, taken.size, readers.filter(({ own }) => !taken.has(own)).length];
    if (choice === null || isLess(cost, choice.cost)) choice = { paths: paths.filter((path) => taken.has(path)), cost };
  }
  return choice?.paths ?? [];
}

function isLess(one: readonly number[], other: readonly number[]): boolean {
  const index = one.findIndex((value, at) => value !== other[at]);
  return index !== -1 && (one[index] ?? 0) < (other[index] ?? 0);
}

/** The form in the data, unless a variable moved it. */
function portableOf(path: string, directories: readonly AgentDirectory[], context: AgentContext): string {
  const found = directories.find((one) => one.path === path && expandTargetPath(one.written, context) === path);
  if (found === undefined) return path;
  return found.scope === "project" ? `./${found.written}` : found.written;
}
