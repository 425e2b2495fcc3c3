import { winnerOf } from "../manifest/targets/agent-directories.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { haveSameContent } from "../store/integrity.js";
import type { Host } from "../system/host.js";
import { isInstalled } from "../workspace/pins.js";
import { projectOf, viewOfAgent, type AgentView, type SeenDirectory, type SeenSkill } from "./agent-view.js";
import { checkAgentChanges } from "./check-agent-changes.js";
import { checkBudget } from "./check-budget.js";
import { checkEscapes } from "./check-escapes.js";
import { warningFinding, type Finding } from "./finding.js";

/** What the agents of the manifest really see, and findings about it. */
export async function checkAgents(
  manifest: Manifest,
  host: Host,
): Promise<{ findings: Finding[]; views: AgentView[] }> {
  const skills = manifest.skills.filter(isInstalled);
  const wanted = new Set(skills.flatMap(({ targets }) => targets.flatMap(({ agents }) => agents)));
  const project = projectOf(manifest, host);
  const views: AgentView[] = [];
  for (const id of [...wanted].toSorted()) {
    const view = await viewOfAgent(id, manifest.agents, project, host);
    if (view !== null) views.push(view);
  }
  const ids = new Set(skills.map(({ id }) => id));
  const findings = views.flatMap((view) => [
    ...checkTwins(view, ids),
    ...checkBudget(view, ids),
    ...checkAgentChanges(view, skills, { ...host, agents: manifest.agents, manifestDirectory: project }),
  ]);
  return { findings: [...findings, ...checkEscapes(manifest, host.home)], views };
}

interface Met {
  directory: SeenDirectory;
  skill: SeenSkill;
}

/** One name in two directories of one agent: the same skill twice, or one that hides the other. */
function checkTwins({ agent, directories }: AgentView, ids: ReadonlySet<string>): Finding[] {
  const taken = new Map<string, Met>();
  const findings: Finding[] = [];
  for (const met of directories.flatMap((directory) => directory.skills.map((skill) => ({ directory, skill })))) {
    const { name } = met.skill;
    const other = taken.get(name);
    const winner = other === undefined ? null : winnerOf(agent, other.directory, met.directory);
    if (other === undefined || winner === "second") taken.set(name, met);
    if (other === undefined || !ids.has(name)) continue;
    findings.push(
      isSame(other.skill, met.skill) ? duplicate(agent.id, other, met) : shadowed(agent.id, other, met, winner),
    );
  }
  return findings;
}

function duplicate(agent: string, { skill: first }: Met, { skill: second }: Met): Finding {
  const message = `${agent} sees the same skill twice, in ${first.path} and ${second.path}`;
  const remedy = `Remove one of the two targets: ${agent} reads both directories.`;
  return warningFinding("SKILL_DUPLICATE", { skill: second.name, target: second.path }, message, remedy);
}

function shadowed(agent: string, one: Met, other: Met, winner: ReturnType<typeof winnerOf>): Finding {
  const [shown, hidden] = winner === "second" ? [other.skill, one.skill] : [one.skill, other.skill];
  const what =
    winner === null
      ? "and one hides the other"
      : winner === "both"
        ? "and shows both under one name"
        : `and takes the first, which hides the second`;
  return warningFinding(
    "SKILL_SHADOWED",
    { skill: hidden.name, target: hidden.path },
    `${agent} finds two different skills of this name, in ${shown.path} and ${hidden.path}, ${what}`,
    "Remove one of the two, or give one another name.",
  );
}

function isSame(one: SeenSkill, other: SeenSkill): boolean {
  if (one.place === other.place) return true;
  return !one.isFile && !other.isFile && haveSameContent(one.place, other.place);
}
