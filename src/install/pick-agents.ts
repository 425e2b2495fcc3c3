import { detectAgents } from "../edit/detect-agents.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { agentSkillsRoot } from "../manifest/targets/agent-directories.js";
import { wantsAll } from "../source/choose-skills.js";
import type { Host } from "../system/host.js";
import type { CompleteRequest } from "./install-request.js";
import type { LookedAt } from "./looked-at.js";
import type { PickableAgent } from "./picker.js";

/** True if the user chooses among the skills of a source: there are several, and none was named. */
export function isSkillAsked(request: CompleteRequest, opened: LookedAt): boolean {
  const isNamed = request.skills.length > 0 || opened.skill !== null || wantsAll(request);
  return request.picker !== null && !isNamed && opened.skills.length > 1;
}

/**
 * The agents that the user chooses; null if they are known: targets were named, the manifest has
 * defaults, or agents were found here and no other question is asked.
 */
export async function pickAgents(
  request: CompleteRequest,
  manifest: Manifest,
  host: Host,
  isOtherAsked: boolean,
): Promise<string[] | null> {
  const { picker, targets } = request;
  if (picker === null || targets.length > 0 || manifest.defaults.targets.length > 0) return null;
  const found = new Set(detectAgents(host, manifest));
  if (found.size > 0 && !isOtherAsked) return null;
  const place = { ...host, agents: manifest.agents, manifestDirectory: manifest.directory };
  const known = [...manifest.agents.values()].flatMap(({ id, name, retired }): PickableAgent[] => {
    const directory = agentSkillsRoot(id, manifest.scope, place);
    if (directory === null || retired !== undefined) return [];
    return [{ id, name, directory, isFound: found.has(id) }];
  });
  return await picker.agents(known.toSorted((a, b) => Number(b.isFound) - Number(a.isFound)));
}
