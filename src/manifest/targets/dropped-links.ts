import { directoriesOf, type AgentContext } from "./agent-directories.js";
import type { ManifestSkill, ManifestTarget } from "../document/manifest.js";
import { foldPath } from "./target-danger.js";

/**
 * Marks the targets whose directory is read by an agent that ignores a directory of the project
 * with a link that leads out of it. Only the agents of the manifest count, not those on this
 * machine, so that the result is the same on every machine.
 */
export function markDroppedLinks(skills: readonly ManifestSkill[], context: AgentContext): ManifestSkill[] {
  const dropping = droppingAgents(skills, context);
  if (dropping.length === 0) return [...skills];
  const readers = new Map<string, string[]>();
  for (const agent of dropping) {
    for (const { path } of directoriesOf(agent, "project", context)) {
      const place = foldPath(path);
      readers.set(place, [...(readers.get(place) ?? []), agent.id]);
    }
  }
  const mark = (target: ManifestTarget): ManifestTarget => {
    if (target.environment.kind !== "local") return target;
    const own = dropping.map(({ id }) => id).filter((id) => target.agents.includes(id));
    const linksDroppedBy = [...new Set([...own, ...(readers.get(foldPath(target.root)) ?? [])])];
    return linksDroppedBy.length === 0 ? target : { ...target, linksDroppedBy };
  };
  return skills.map((skill) => ({ ...skill, targets: skill.targets.map(mark) }));
}

function droppingAgents(skills: readonly ManifestSkill[], { agents }: AgentContext) {
  const installed = skills.filter(({ enabled, noExecMetadataOnly }) => enabled && !noExecMetadataOnly);
  const targets = installed.flatMap((skill) => skill.targets.filter(({ environment }) => environment.kind === "local"));
  return [...new Set(targets.flatMap((target) => target.agents))]
    .flatMap((id) => agents.get(id) ?? [])
    .filter(({ followsLinksOutOfProject }) => followsLinksOutOfProject === false);
}
