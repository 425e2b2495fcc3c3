import type { DiscoveredSkill } from "../source/discovery.js";

/** Asks a user at a terminal. Each method may throw an EdenError `CANCELLED`; nothing is changed then. */
export interface Picker {
  /** @returns ids. */
  agents(known: readonly PickableAgent[]): Promise<string[]>;
  skills(found: readonly DiscoveredSkill[]): Promise<DiscoveredSkill[]>;
  /** Shows what will be installed, before anything is written. */
  confirm(install: PickedInstall): Promise<void>;
}

export interface PickableAgent {
  id: string;
  name: string;
  /** Where it reads skills, absolute. */
  directory: string;
  /** True if it is installed on this machine. */
  isFound: boolean;
}

export interface PickedInstall {
  skills: readonly string[];
  /** Agents or targets; none if the manifest names them. */
  targets: readonly string[];
  manifest: string;
}
