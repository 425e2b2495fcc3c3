import { knownAgents } from "../manifest/targets/agents.js";
import type { RunOptions } from "../run/options.js";
import { loadManifest } from "./load-manifest.js";

/** Words that a manifest defines, for completion. */
export interface ManifestWords {
  /** Ids of all agents. */
  agents: string[];
  groups: string[];
  registries: string[];
}

/** The words of a manifest; without one that can be read, only the known agents. */
export async function manifestWords(options: RunOptions): Promise<ManifestWords> {
  try {
    const { agents, groups, registries } = (await loadManifest(options)).manifest;
    return { agents: [...agents.keys()], groups: [...groups], registries: Object.keys(registries) };
  } catch {
    return { agents: [...knownAgents.keys()], groups: [], registries: [] };
  }
}
