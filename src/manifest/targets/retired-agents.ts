import { findAgent, type Agent } from "./agents.js";
import type { Findings } from "../format/findings.js";
import type { PlacedTarget } from "./skill-targets.js";

/** Warns of each agent that is no longer developed, once, where the manifest first names it. */
export function reportRetired(targets: readonly PlacedTarget[], findings: Findings): void {
  const seen = new Set<string>();
  for (const { agents, at } of targets) {
    for (const id of agents.filter((one) => !seen.has(one))) {
      seen.add(id);
      const agent = findAgent(id);
      if (agent?.retired !== undefined) findings.warning("AGENT_RETIRED", at, retirement(agent));
    }
  }
}

/** That an agent is retired, since when, and what may take its place, in one sentence. */
export function retirement({ id, name, retired }: Agent): string {
  const successor = retired?.successor == null ? undefined : findAgent(retired.successor);
  const instead = successor === undefined ? "" : `; ${successor.id} (${successor.name}) takes its place`;
  return `${id} (${name}) was retired on ${retired?.on ?? "an unknown day"}${instead}`;
}
