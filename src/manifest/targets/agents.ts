import agentData from "./agents.json" with { type: "json" };

/** A coding agent that loads skills from directories. What the fields mean in full: specs/agents.md. */
export interface Agent {
  id: string;
  /** As people write it. */
  name: string;
  /** The directory to install into, relative to the project; null when the agent reads none there. */
  projectDir: string | null;
  /** The same for the user, with a leading `~`; null when it has none. */
  globalDir: string | null;
  /** Directories that it reads beside these. */
  alsoReads?: ScopedDirectories;
  /** Those of `alsoReads` that were the directories to install into before. */
  formerly?: ScopedDirectories;
  /** It reads its project directories at each level from where it is started up to the root of the repository. */
  readsAbove?: boolean;
  /** A Markdown file right in a skills directory is a skill, too. */
  rootFiles?: boolean;
  /** Which of two skills of one name it takes, the winner first: directories, or `project` or `global` for a whole scope. Empty: both. */
  shadowing?: readonly string[];
  /** False when it leaves out a directory of the project in which a link leads out of the project. Absent: not known. */
  followsLinksOutOfProject?: boolean;
  /** `directory`: loads a skill only under the name of its directory; `any`: under any name. Absent: as the format says. */
  skillNames?: "directory" | "any";
  descriptionBudget?: DescriptionBudget;
  /** Variables that move what begins with `replaces`. */
  env?: readonly EnvironmentBase[];
  /** Files or directories (with `~`, `<cwd>` or `$VARIABLE`) of which one exists where the agent is installed. */
  detect: readonly string[];
  /** No longer developed since `on` (a date); `successor` is another agent's id, or null. */
  retired?: { on: string; successor: string | null };
  /** What a user should know before choosing this agent. */
  warning?: string;
}

export interface ScopedDirectories {
  project: readonly string[];
  global: readonly string[];
}

/** What an agent shows its model of the names and descriptions of all skills together. */
export interface DescriptionBudget {
  /** Of the model's context. */
  contextShare: number;
  /** About what that is for a usual context. */
  characters: number;
  /** Characters of one description. */
  each?: number;
  /** A key of the front matter; a skill in which it is true does not count. */
  unless?: string;
}

export interface EnvironmentBase {
  name: string;
  replaces: string;
}

/** The id that stands for a path of the user's own. */
export const CUSTOM_AGENT = "custom";

/** Every agent we know, in the order of the data. */
export const agents: readonly Agent[] = agentData as readonly Agent[];

const byId = new Map(agents.map((agent) => [agent.id, agent]));

/** The agent of that id, or undefined. */
export function findAgent(id: string): Agent | undefined {
  return byId.get(id);
}
