import { knownAgents, type Agent } from "./agents.js";
import type { Findings } from "../format/findings.js";
import type { PlacedTarget } from "./skill-targets.js";

/** Warns about each retired agent once, at its first occurrence in the manifest. */
export function reportRetired(targets: readonly PlacedTarget[], findings: Findings): void {
  const seen = new Set<string>();
  for (const { agents, at } of targets) {
    for (const id of agents.filter((one) => !seen.has(one))) {
      seen.add(id);
      const agent = knownAgents.get(id);
      if (agent?.retired !== undefined) findings.warning("AGENT_RETIRED", at, retirement(agent));
    }
  }
}

/** One sentence that an agent is retired, since when, and which agent replaces it. */
export function retirement({ id, name, retired }: Agent): string {
  const successor = retired?.successor == null ? undefined : knownAgents.get(retired.successor);
  const instead = successor === undefined ? "" : `; ${successor.id} (${successor.name}) takes its place`;
  return `${id} (${name}) was retired on ${retired?.on ?? "an unknown day"}${instead}`;
}
