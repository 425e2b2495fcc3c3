import agentData from "./agents.json" with { type: "json" };

/** A coding agent that loads skills from directories. specs/agents.md describes the fields. */
export interface Agent {
  id: string;
  /** The name for people. */
  name: string;
  /** The directory to install into, relative to the project; null if the agent has none there. */
  projectDir: string | null;
  /** The same for the user, with a leading `~`; null if it has none. */
  globalDir: string | null;
  /** Other directories that it reads. */
  alsoReads?: ScopedDirectories;
  /** Those of `alsoReads` that were its install directories before. */
  formerly?: ScopedDirectories;
  /**
   * It reads its project directories at each level from its start directory up to the root of the
   * repository.
   */
  readsAbove?: boolean;
  /** A Markdown file directly in a skills directory is a skill, too. */
  rootFiles?: boolean;
  /**
   * Which of two skills of one name it uses, the winner first: directories, or `project` or
   * `global` for a whole scope. Empty: both.
   */
  shadowing?: readonly string[];
  /**
   * False if it ignores a directory of the project in which a link leads out of the project.
   * Absent: unknown.
   */
  followsLinksOutOfProject?: boolean;
  /**
   * `directory`: loads a skill only under the name of its directory; `any`: under any name. Absent:
   * as the format says.
   */
  skillNames?: "directory" | "any";
  descriptionBudget?: DescriptionBudget;
  /** Variables that replace the prefix `replaces`. */
  env?: readonly EnvironmentBase[];
  /**
   * Files or directories (with `~`, `<cwd>` or `$VARIABLE`) one of which exists if the agent is
   * installed.
   */
  detect: readonly string[];
  /** Not developed since `on` (a date); `successor` is another agent's id, or null. */
  retired?: { on: string; successor: string | null };
  /** What a user should know before choosing this agent. */
  warning?: string;
}

export interface ScopedDirectories {
  project: readonly string[];
  global: readonly string[];
}

/** How much of the names and descriptions of all skills an agent shows to its model. */
export interface DescriptionBudget {
  /** Share of the model's context. */
  contextShare: number;
  /** Approximate number of characters for a usual context. */
  characters: number;
  /** Maximum characters of one description. */
  each?: number;
  /** A key of the front matter; skills in which it is true do not count. */
  unless?: string;
}

export interface EnvironmentBase {
  name: string;
  replaces: string;
}

/** The id for a path that the user chooses. */
export const CUSTOM_AGENT = "custom";

/** The agents that this program knows, in the order of the data. */
export const agents: readonly Agent[] = agentData as readonly Agent[];

/** Agents by id; those of the data come first, in their order. */
export type Agents = ReadonlyMap<string, Agent>;

/** The agents that this program knows. */
export const knownAgents: Agents = new Map(agents.map((agent) => [agent.id, agent]));
