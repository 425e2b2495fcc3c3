import type { ManifestSkill } from "../manifest/document/manifest.js";
import { formerDirectories, type AgentContext } from "../manifest/targets/agent-directories.js";
import { retirement } from "../manifest/targets/retired-agents.js";
import type { AgentView } from "./agent-view.js";
import { warningFinding, type Finding } from "./finding.js";

/**
 * Reports retired agents, and skills in the former directory of an agent.
 * @param skills those of the manifest that are installed.
 */
export function checkAgentChanges(
  { agent, directories }: AgentView,
  skills: readonly ManifestSkill[],
  context: AgentContext,
): Finding[] {
  const findings: Finding[] = [];
  if (agent.retired !== undefined) {
    const { successor } = agent.retired;
    // `set` refuses members of collections.
    const isOfMember = skills.some(
      ({ collection, targets }) => collection !== undefined && targets.some(({ agents }) => agents.includes(agent.id)),
    );
    const how = isOfMember ? " in all `targets` in the manifest" : `: \`eden-skills set ID --target ${successor}\``;
    const remedy =
      successor === null ? "Remove its targets." : `Replace it by ${successor}${how}, then \`eden-skills apply\`.`;
    findings.push(warningFinding("AGENT_RETIRED", {}, retirement(agent), remedy));
  }
  for (const { path, now } of formerDirectories(agent, context)) {
    const names = (directories.find((one) => one.path === path)?.skills ?? []).map(({ name }) => name);
    if (names.length === 0) continue;
    const some = `${names.slice(0, 5).join(", ")}${names.length > 5 ? ", …" : ""}`;
    const message = `the directory of ${agent.id} is ${now} now; it still finds ${some} here, but only for compatibility`;
    const remedy = `Run \`eden-skills apply\`, which moves what it installed, and move skills of your own to ${now}.`;
    findings.push(warningFinding("AGENT_DIRECTORY_MOVED", { target: path }, message, remedy));
  }
  return findings;
}
